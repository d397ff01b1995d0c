//! The keys `priority` and `after`. The compiler looks at the handlers in `after`: the attribute knows only their paths.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Ident;

use super::options::Options;
use crate::errors::Errors;
use crate::expand::{all_at, at, option};
use crate::registered::{Constant, Registered, type_name};
use crate::value::{Conditional, Known};

/// When a handler runs within its phase.
pub(super) struct Order {
    /// The priority, unless the compiler computes it.
    pub(super) literal_priority: i32,
    /// The priority that the compiler computes.
    pub(super) constant_priority: Option<Constant>,
    /// The handlers that it runs after.
    pub(super) after: Option<Constant>,
    /// An expression of type `Place`.
    pub(super) place: TokenStream,
}

impl Order {
    pub(super) fn new(function: &Ident, options: &Options, private: &TokenStream, phase: &TokenStream) -> Self {
        let (literal_priority, set) = match &options.priority {
            Some(Known::Constant(value)) => (0, Some(set_priority(value))),
            Some(Known::Literal(priority)) => (*priority, None),
            None => (0, None),
        };
        if options.after.is_empty() {
            let priority =
                set.as_ref().map_or_else(|| literal_priority.to_token_stream(), |set| set.name.to_token_stream());
            let place = quote!(#private::Place { phase: #phase, priority: #priority });
            return Self { literal_priority, constant_priority: set, after: None, place };
        }

        let own = option(options.priority.as_ref().map(|priority| match priority {
            Known::Literal(priority) => priority.to_token_stream(),
            Known::Constant(_) => quote!(__PRIORITY),
        }));
        let (mut steps, mut named, mut checks) = (TokenStream::new(), TokenStream::new(), TokenStream::new());
        for Conditional { cfgs, path } in &options.after {
            let span = at(path);
            let [private, phase, own] = [private, phase, &own].map(|tokens| all_at(span, tokens));
            let before = quote_spanned!(span=> <#path as #private::NamedHandler>::SHUTDOWN_ORDER);
            steps.extend(quote!(#(#cfgs)* let __place = __place.after(#before);));
            named.extend(quote_spanned!(span=> #(#cfgs)* #private::named::<#path>(),));
            checks.extend(quote_spanned!(span=> #(#cfgs)* const _: () = #private::check(#before, #phase, #own);));
        }
        let place = quote!({ let __place = #private::place(#phase, #own); #steps __place });
        let computed = match options.named {
            true => {
                let name = type_name(function);
                quote!(<#name as #private::NamedHandler>::SHUTDOWN_ORDER)
            }
            false => place.clone(),
        };
        let set = set.map(|set| set.item);
        let priority = Constant::new(
            "__PRIORITY_AFTER",
            |name| quote!(#set const #name: ::core::primitive::i32 = #computed.priority;),
            quote!(Integer),
        );
        let after = Constant::new(
            "__AFTER",
            |name| quote!(const #name: &[#private::Named<'static>] = &[#named]; #checks),
            quote!(After),
        );
        Self { literal_priority, constant_priority: Some(priority), after: Some(after), place }
    }

    /// Lets other handlers name this one. In a cycle the compiler prints the `SHUTDOWN_ORDER` of each handler.
    pub(super) fn implementation(&self, handler: &Registered<'_>, after: &[Conditional]) -> TokenStream {
        let (private, place, name) = (&handler.private, &self.place, handler.type_name());
        let (function, (file, line)) = (format!("::{}", handler.name()), handler.location());
        let location = format!("{file}:{line}");
        let first = after.first().map_or_else(Span::call_site, |first| at(&first.path));
        let place_type = all_at(first, &quote!(#private::Place));
        let order = quote_spanned!(first=> const SHUTDOWN_ORDER: #place_type = #place;);
        quote! {
            impl #private::NamedHandler for #name {
                #order
                const NAMED: #private::Named<'static> = #private::Named {
                    path: ::core::concat!(::core::module_path!(), #function),
                    location: #location,
                };
            }
        }
    }
}

fn set_priority(value: &TokenStream) -> Constant {
    let ty = quote_spanned!(at(value)=> ::core::primitive::i32);
    Constant::new("__PRIORITY", |name| quote!(const #name: #ty = #value;), quote!(Integer))
}

/// Adds an error for a handler that names itself, as far as the paths show it. The compiler finds every other cycle.
pub(super) fn check(function: &Ident, options: &Options, errors: &mut Errors) {
    for Conditional { path, .. } in &options.after {
        let segments: Vec<_> = path.segments.iter().map(|segment| &segment.ident).collect();
        let names_itself = match segments[..] {
            [name] => name == function,
            [module, name] => module == "self" && name == function,
            _ => false,
        };
        if options.named && path.leading_colon.is_none() && names_itself {
            errors.at(path, "a shutdown handler cannot run after itself");
        }
    }
}
