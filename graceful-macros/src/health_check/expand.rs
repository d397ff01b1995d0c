//! The registration beside the function.

use graceful_core::record;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{LitStr, Type};

use super::options::Options;
use crate::duration;
use crate::item_fn::ItemFn;
use crate::registered::{Registered, Role};
use crate::returned::convert;

const CHECK: Role = Role {
    name: "HealthCheck",
    builder: "HealthCheckBuilder",
    context: "CheckContext",
    argument: "HealthCheckArgument",
    outcome: "Health",
};

pub(super) fn registration(function: &ItemFn, returned: &Type, options: &Options) -> TokenStream {
    let check = Registered::new(&CHECK, function, options.krate.as_ref(), &options.methods);
    let names = [quote!(HealthCheckReturn), quote!(into_health)];
    let health = convert(returned, &check.value(), &check.private, names);
    let (file, line) = check.location();
    let record = record::HealthCheck {
        name: options.name.as_ref().map(LitStr::value),
        function: check.name(),
        module: String::new(),
        timeout: options.timeout,
        file,
        line,
    };
    let timeout = options.timeout.map(duration::tokens);
    check.expand(options.name.as_ref(), timeout, &health, &TokenStream::new(), record.to_line(), &[])
}
