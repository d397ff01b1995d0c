//! What stands beside the function.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{GenericArgument, PathArguments, ReturnType, Type};

use super::options::Options;
use crate::duration;
use crate::expand::{at, only_free, private};
use crate::item_fn::{ItemFn, has_impl_trait};
use crate::meta::Members;

pub(super) fn registration(function: &ItemFn, options: &Options) -> TokenStream {
    let private = private(options.krate.as_ref());
    let ident = &function.sig.ident;
    let call = call(function, &private);
    let kind = match function.sig.asyncness {
        Some(_) => quote!(Async),
        None => quote!(Blocking),
    };
    let register = register(function, options, &private, &kind);
    let only_free = only_free(ident);
    quote! {
        #only_free
        #[doc(hidden)]
        #[allow(deprecated, unreachable_code, clippy::all, clippy::pedantic)]
        const _: () = {
            #call
            #register
        };
    }
}

/// Takes the arguments, calls the function, and sees how it ended.
fn call(function: &ItemFn, private: &TokenStream) -> TokenStream {
    let ident = &function.sig.ident;
    let names: Vec<_> = (0..function.arguments().count()).map(|i| format_ident!("__argument{i}")).collect();
    let types = function.arguments().map(|argument| &argument.ty);
    let wait = function.sig.asyncness.map(|_| quote!(.await));
    let outcome = outcome(&function.sig.output, quote!(#ident(#(#names),*) #wait), private);
    let body = quote! {
        #(
            let #names = match <#types as #private::HandlerArgument>::take(&__context) {
                ::core::result::Result::Ok(__argument) => __argument,
                ::core::result::Result::Err(__missing) => return ::core::convert::From::from(__missing),
            };
        )*
        #outcome
    };
    if function.sig.asyncness.is_none() {
        return quote! {
            fn __call(__context: #private::Context) -> #private::Outcome {
                #body
            }
        };
    }
    // Where the compiler says that the future is not `Send`.
    let pinned = quote_spanned!(at(ident)=> __Box::pin(async move { #body }));
    quote! {
        use #private::Box as __Box;
        fn __call(__context: #private::Context) -> #private::HandlerFuture {
            #pinned
        }
    }
}

/// An expression of type `Outcome`. What is wrong with the type is told at the type.
fn outcome(output: &ReturnType, value: TokenStream, private: &TokenStream) -> TokenStream {
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
        ReturnType::Type(_, ty) if has_impl_trait(ty) => quote_spanned!(at(ty)=> _),
        ReturnType::Type(_, ty) => ty.to_token_stream(),
    };
    let outcome = Ident::new("outcome", error_span(output));
    quote! {
        use #private::{ByConversion as _, ByDisplay as _, ByNothing as _};
        let __value = #value;
        let __returned = #private::Returned::new(<#ty as #private::HandlerResult<_>>::into_result(__value));
        (&&&__returned).#outcome()
    }
}

fn register(function: &ItemFn, options: &Options, private: &TokenStream, kind: &TokenStream) -> TokenStream {
    let name = function.sig.ident.unraw().to_string();
    let location = function.sig.ident.span();
    let (file, line) = (location.file(), Literal::usize_unsuffixed(location.start().line));
    let phase = options.phase.variant();
    let priority = options.priority;
    let option = |tokens: Option<TokenStream>| match tokens {
        Some(tokens) => quote!(::core::option::Option::Some(#tokens)),
        None => quote!(::core::option::Option::None),
    };
    let display_name = option(options.name.as_ref().map(|name| quote!(#name)));
    let timeout = option(options.timeout.map(duration::tokens));
    let given_name = options.name.as_ref().map(syn::LitStr::value);
    let head = Members::default()
        .number("graceful", 1)
        .string("kind", "handler")
        .optional_string("name", given_name.as_deref())
        .string("function", &name)
        .head("module");
    let tail = Members::default()
        .number("priority", priority)
        .millis("timeout_ms", options.timeout)
        .string("phase", options.phase.as_str())
        .location(location)
        .tail();
    quote! {
        #private::register! {
            name = #display_name,
            function = #name,
            file = #file,
            line = #line,
            priority = #priority,
            timeout = #timeout,
            phase = #private::HandlerPhase::#phase,
            call = #private::Call::#kind(__call),
            head = #head,
            tail = #tail,
        }
    }
}

/// `E` of `Result<(), E>` where it is written, otherwise the whole type.
fn error_span(output: &ReturnType) -> Span {
    let ReturnType::Type(_, ty) = output else { return Span::call_site() };
    if let Type::Path(path) = &**ty
        && let Some(segment) = path.path.segments.last()
        && let PathArguments::AngleBracketed(arguments) = &segment.arguments
        && let (2, Some(GenericArgument::Type(error))) = (arguments.args.len(), arguments.args.last())
    {
        return at(error);
    }
    at(ty)
}
