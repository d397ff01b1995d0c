//! The registration beside the function.

use graceful_core::record;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{LitStr, ReturnType, Type};

use super::options::Options;
use crate::expand::variant;
use crate::item_fn::ItemFn;
use crate::registered::{Registered, Role};
use crate::returned::convert;

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
    let (priority, phase) = (options.priority, variant(options.phase));
    let fields = quote!(priority: #priority, phase: #private::HandlerPhase::#phase,);
    let (file, line) = handler.location();
    let record = record::Handler {
        name: options.name.as_ref().map(LitStr::value),
        function: handler.name(),
        module: String::new(),
        priority,
        timeout: options.timeout,
        phase: options.phase,
        file,
        line,
    };
    handler.expand(options.name.as_ref(), options.timeout, &outcome, &fields, record.to_line())
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
