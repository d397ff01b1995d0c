//! What stands beside the function.

use graceful_core::record;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{LitStr, Type};

use super::options::Options;
use crate::duration;
use crate::expand::option;
use crate::item_fn::ItemFn;
use crate::registered::{Registered, Role};
use crate::returned::{error_traits, nameable, outcome_method};

const CHECK: Role = Role {
    register: "register_check",
    call: "CheckCall",
    context: "CheckContext",
    argument: "CheckArgument",
    outcome: "Health",
    future: "CheckFuture",
};

pub(super) fn registration(function: &ItemFn, returned: &Type, options: &Options) -> TokenStream {
    let check = Registered::new(&CHECK, function, options.krate.as_ref());
    let health = health(returned, &check.value(), &check.private);
    let timeout = option(options.timeout.map(duration::tokens));
    let fields = quote!(timeout = #timeout,);
    let (file, line) = check.location();
    let record = record::HealthCheck {
        name: options.name.as_ref().map(LitStr::value),
        function: check.name(),
        module: String::new(),
        timeout: options.timeout,
        file,
        line,
    };
    check.expand(options.name.as_ref(), &health, &fields, record.to_line())
}

/// An expression of type `Health`.
fn health(ty: &Type, value: &TokenStream, private: &TokenStream) -> TokenStream {
    let (traits, ty, outcome) = (error_traits(private), nameable(ty), outcome_method(ty));
    quote! {
        #traits
        let __value = #value;
        match <#ty as #private::CheckResult<_>>::into_health(__value) {
            ::core::result::Result::Ok(__health) => __health,
            ::core::result::Result::Err(__error) => {
                let __returned = #private::Returned::new(::core::result::Result::Err(__error));
                #private::unhealthy((&&&__returned).#outcome())
            }
        }
    }
}
