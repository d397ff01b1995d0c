//! What stands beside the function.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;

use super::options::Options;
use crate::duration;
use crate::expand::option;
use crate::item_fn::ItemFn;
use crate::meta::Members;
use crate::registered::{Registered, Role};
use crate::returned::{error_traits, nameable, outcome_method};

const CHECK: Role = Role {
    kind: "health_check",
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
    let members = Members::default().millis("timeout_ms", options.timeout);
    check.expand(options.name.as_ref(), &health, &fields, members)
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
