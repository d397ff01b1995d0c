//! The registration beside the function.

use graceful_core::duration::MAX_DURATION;
use graceful_core::record::{self, Constants};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{Ident, LitStr, ReturnType, Type};

use super::options::Options;
use super::order::Order;
use crate::duration;
use crate::expand::{at, option, variant};
use crate::item_fn::ItemFn;
use crate::registered::{Constant, Registered, Role};
use crate::returned::convert;
use crate::value::Known;

const HANDLER: Role = Role {
    name: "Handler",
    builder: "HandlerBuilder",
    context: "HandlerContext",
    argument: "HandlerArgument",
    outcome: "Outcome",
};

pub(super) fn registration(function: &ItemFn, options: &Options) -> TokenStream {
    let handler = Registered::new(&HANDLER, function, options.krate.as_ref(), &options.methods);
    let private = &handler.private;
    let outcome = outcome(&function.sig.output, &handler.value(), private);
    let phase = variant(options.phase);
    let phase = quote!(#private::HandlerPhase::#phase);
    let order = Order::new(&function.sig.ident, options, private, &phase);
    let (timeout, constant_timeout) = match &options.timeout {
        Some(Known::Constant(value)) => (None, Some(constant_timeout(value))),
        Some(Known::Literal(timeout)) => (Some(*timeout), None),
        None => (None, None),
    };
    let record_constants = Constants {
        priority: order.constant_priority.is_some(),
        timeout: constant_timeout.is_some(),
        after: order.after.is_some(),
    };
    let (file, line) = handler.location();
    let record = record::Handler {
        name: options.name.as_ref().map(LitStr::value),
        function: handler.name(),
        module: String::new(),
        priority: order.literal_priority,
        timeout,
        phase: options.phase,
        after: Vec::new(),
        file,
        line,
    };
    let value_of = |constant: &Constant| constant.name.to_token_stream();
    let priority = order.constant_priority.as_ref().map_or_else(|| order.literal_priority.to_token_stream(), value_of);
    let timeout = constant_timeout.as_ref().map(value_of).or_else(|| timeout.map(duration::tokens));
    let after = order.after.as_ref().map(|Constant { name, .. }| quote!(#private::After::new(|| #name)));
    let after = option(after);
    let fields = quote!(priority: #priority, phase: #phase, after: #after,);
    // In the order of the record's members.
    let implementation = options.named.then(|| order.implementation(&handler, &options.after));
    let constants: Vec<_> = [order.constant_priority, constant_timeout, order.after].into_iter().flatten().collect();
    let record = record.to_line(record_constants);
    let handler = match implementation {
        Some(implementation) => handler.named(implementation),
        None => handler,
    };
    handler.expand(options.name.as_ref(), timeout, &outcome, &fields, record, &constants)
}

/// The compiler checks what the attribute checks in a literal.
fn constant_timeout(value: &TokenStream) -> Constant {
    let max = duration::tokens(MAX_DURATION);
    let item = |name: &Ident| {
        quote_spanned! {at(value)=>
            const #name: ::core::time::Duration = #value;
            const _: () = ::core::assert!(!#name.is_zero(), "`timeout` cannot be zero");
            const _: () = ::core::assert!(
                #name.as_nanos() <= (#max).as_nanos(),
                "a duration cannot be longer than ten years",
            );
        }
    };
    Constant::new("__TIMEOUT", item, quote!(Millis))
}

/// An expression of type `Outcome`.
fn outcome(output: &ReturnType, value: &TokenStream, private: &TokenStream) -> TokenStream {
    let ty = match output {
        ReturnType::Default => {
            return quote! {
                let () = #value;
                #private::Outcome::Completed
            };
        }
        ReturnType::Type(_, ty) if matches!(**ty, Type::Never(_)) => {
            return quote! {
                let __outcome: #private::Outcome = #value;
                __outcome
            };
        }
        ReturnType::Type(_, ty) => ty,
    };
    convert(ty, value, private, [quote!(HandlerReturn), quote!(into_outcome)])
}
