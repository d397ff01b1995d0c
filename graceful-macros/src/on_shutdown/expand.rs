//! The registration beside the function.

use graceful_core::duration::MAX_DURATION;
use graceful_core::record::{self, Constants};
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{LitStr, ReturnType, Type};

use super::options::Options;
use crate::duration;
use crate::expand::{at, variant};
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
    let (priority, constant_priority) = match &options.priority {
        Some(Known::Constant(value)) => (0, Some(constant_priority(value))),
        Some(Known::Literal(priority)) => (*priority, None),
        None => (0, None),
    };
    let (timeout, constant_timeout) = match &options.timeout {
        Some(Known::Constant(value)) => (None, Some(constant_timeout(value))),
        Some(Known::Literal(timeout)) => (Some(*timeout), None),
        None => (None, None),
    };
    let (priority_is_constant, timeout_is_constant) = (constant_priority.is_some(), constant_timeout.is_some());
    let record_constants =
        Constants { priority: priority_is_constant, timeout: timeout_is_constant, ..Constants::default() };
    let (file, line) = handler.location();
    let record = record::Handler {
        name: options.name.as_ref().map(LitStr::value),
        function: handler.name(),
        module: String::new(),
        priority,
        timeout,
        phase: options.phase,
        after: Vec::new(),
        file,
        line,
    };
    let value_of = |constant: &Constant| constant.name.to_token_stream();
    let priority = constant_priority.as_ref().map_or_else(|| priority.to_token_stream(), value_of);
    let timeout = constant_timeout.as_ref().map(value_of).or_else(|| timeout.map(duration::tokens));
    let fields = quote!(priority: #priority, phase: #private::HandlerPhase::#phase,);
    // In the order of the record's members.
    let constants: Vec<_> = [constant_priority, constant_timeout].into_iter().flatten().collect();
    let record = record.to_line(record_constants);
    handler.expand(options.name.as_ref(), timeout, &outcome, &fields, record, &constants)
}

fn constant_priority(value: &TokenStream) -> Constant {
    let ty = quote_spanned!(at(value)=> ::core::primitive::i32);
    let name = format_ident!("__PRIORITY");
    Constant { item: quote!(const #name: #ty = #value;), piece: quote!(Integer), name }
}

/// The compiler checks what the attribute checks in a literal.
fn constant_timeout(value: &TokenStream) -> Constant {
    let max = duration::tokens(MAX_DURATION);
    let name = format_ident!("__TIMEOUT");
    let item = quote_spanned! {at(value)=>
        const #name: ::core::time::Duration = #value;
        const _: () = ::core::assert!(!#name.is_zero(), "`timeout` cannot be zero");
        const _: () = ::core::assert!(
            #name.as_nanos() <= (#max).as_nanos(),
            "a duration cannot be longer than ten years",
        );
    };
    Constant { item, piece: quote!(Millis), name }
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
