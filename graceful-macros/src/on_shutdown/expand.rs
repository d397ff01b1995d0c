//! What stands beside the function.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{ReturnType, Type};

use super::options::Options;
use crate::duration;
use crate::expand::option;
use crate::item_fn::ItemFn;
use crate::meta::Members;
use crate::registered::{Registered, Role};
use crate::returned::convert;

const HANDLER: Role = Role {
    kind: "handler",
    register: "register",
    call: "Call",
    context: "Context",
    argument: "HandlerArgument",
    outcome: "Outcome",
    future: "HandlerFuture",
};

pub(super) fn registration(function: &ItemFn, options: &Options) -> TokenStream {
    let handler = Registered::new(&HANDLER, function, options.krate.as_ref());
    let private = &handler.private;
    let outcome = outcome(&function.sig.output, &handler.value(), private);
    let (priority, phase) = (options.priority, options.phase.variant());
    let timeout = option(options.timeout.map(duration::tokens));
    let fields = quote! {
        priority = #priority,
        timeout = #timeout,
        phase = #private::HandlerPhase::#phase,
    };
    let members = Members::default()
        .number("priority", priority)
        .millis("timeout_ms", options.timeout)
        .string("phase", options.phase.as_str());
    handler.expand(options.name.as_ref(), &outcome, &fields, members)
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
