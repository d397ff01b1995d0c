//! What stands in the place of main.

use graceful_core::record::Line;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ReturnType;

use super::options::Options;
use crate::expand::{at, krate, only_free, private, variant};
use crate::item_fn::ItemFn;
use crate::{address, duration};

/// ```text
/// /// docs
/// fn main() {
///     async fn main() -> Result<(), Error> { body }
///     run_async(config, flavor, builder, main())
/// }
/// ```
///
/// The function inside is the user's own, so that what is wrong in it is told in the words of a plain function.
pub(super) fn main(function: &ItemFn, options: &Options) -> TokenStream {
    let private = private(options.krate.as_ref());
    let config = config(options);
    let call = call(function, options, &config, &private);
    let main = wrap(function, quote!(clippy::unused_async), call);
    let only_free = only_free(&function.sig.ident);
    let meta = meta(function, options, &private);
    let plan_test = (!options.no_plan_test).then(|| {
        quote! {
            #[cfg(test)]
            #[::core::prelude::v1::test]
            fn graceful_plan() {
                #private::assert_plan(#config)
            }
        }
    });
    // So that a test can rehearse the shutdown with it.
    let rehearsed = quote! {
        #[cfg(test)]
        const _: () = {
            #private::inventory::submit! { #private::MainConfig(|| #config) }
        };
    };
    quote!(#main #only_free #meta #plan_test #rehearsed)
}

/// A main that does nothing, around a function that couldn't be it.
pub(super) fn uncalled(function: &ItemFn) -> TokenStream {
    wrap(function, quote!(unused), TokenStream::new())
}

fn call(function: &ItemFn, options: &Options, config: &TokenStream, private: &TokenStream) -> TokenStream {
    let flavor = options.runtime.flavor(private);
    let builder = options.runtime.builder(private);
    let ty = match &function.sig.output {
        ReturnType::Default => TokenStream::new(),
        ReturnType::Type(_, ty) => ty.to_token_stream(),
    };
    // What the compiler underlines when a main cannot return this type.
    let (start, end) = (at(&ty), at(ty.into_iter().last()));
    let name = quote_spanned!(start=> __run);
    let main = quote_spanned!(start=> main);
    let (run, future) = match function.sig.asyncness {
        Some(_) => (quote!(run_async), quote_spanned!(end=> ())),
        None => (quote!(run_sync), TokenStream::new()),
    };
    let arguments = quote_spanned!(end=> (#config, #flavor, #builder, #main #future));
    quote! {{
        use #private::#run as __run;
        #name #arguments
    }}
}

fn wrap(function: &ItemFn, allowed: TokenStream, call: TokenStream) -> TokenStream {
    let mut inner = function.clone();
    let vis = std::mem::replace(&mut inner.vis, syn::Visibility::Inherited);
    let docs = inner.attrs.extract_if(.., |attr| attr.path().is_ident("doc")).collect::<Vec<_>>();
    let ident = &function.sig.ident;
    quote! {
        #(#docs)*
        #vis fn #ident() {
            #[allow(#allowed)]
            #inner
            #call
        }
    }
}

fn config(options: &Options) -> TokenStream {
    let krate = krate(options.krate.as_ref());
    let durations = options.durations().into_iter().filter_map(|(key, given)| {
        let duration = duration::tokens(given?);
        let key = Ident::new(key, Span::call_site());
        Some(quote!(.#key(#duration)))
    });
    let signals = options.signals.as_ref().map(|signals| {
        let variants = signals.iter().map(variant);
        quote!(.signals([#(#krate::Signal::#variants),*]))
    });
    let probes = options.probes.map(|probes| {
        let address = address::tokens(probes);
        quote!(.probes(#address))
    });
    quote!(#krate::Config::new() #(#durations)* #signals #probes)
}

fn meta(function: &ItemFn, options: &Options, private: &TokenStream) -> TokenStream {
    let Line { head, tail } = options.record(function.sig.ident.span()).to_line();
    quote! {
        const _: () = {
            #private::register_main! { head = #head, tail = #tail }
        };
    }
}
