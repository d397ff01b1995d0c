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
use crate::returned::convert;

const CHECK: Role = Role {
    kind: "health_check",
    register: "register_check",
    call: "CheckCall",
    context: "CheckContext",
    argument: "HealthCheckArgument",
    outcome: "Health",
    future: "CheckFuture",
};

pub(super) fn registration(function: &ItemFn, returned: &Type, options: &Options) -> TokenStream {
    let check = Registered::new(&CHECK, function, options.krate.as_ref());
    let names = [quote!(HealthCheckReturn), quote!(into_health)];
    let health = convert(returned, &check.value(), &check.private, names);
    let timeout = option(options.timeout.map(duration::tokens));
    let fields = quote!(timeout = #timeout,);
    let members = Members::default().millis("timeout_ms", options.timeout);
    check.expand(options.name.as_ref(), &health, &fields, members)
}
