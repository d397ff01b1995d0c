//! The expansion that replaces main.

use graceful_core::record::Line;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Path, ReturnType, Type, TypePath};

use super::options::{Given, Options};
use crate::expand::{at, compact, krate, only_free, private, variant};
use crate::item_fn::ItemFn;
use crate::returned::{convert, import_inferred, inferred, is_result};
use crate::{address, duration};

/// ```text
/// /// docs
/// fn main() {
///     async fn main() -> Result<(), Error> { body }
///     fn __config() -> Config { .. }
///     fn __configured() -> Config { configured(settings(__config())) } // with the key `configure`
///     run_async(__configured(), flavor, builder, async { report(way(main().await)) })
/// }
/// ```
///
/// The inner function is the user's, unchanged, so the compiler reports its mistakes as those of a plain function.
pub(super) fn main(function: &ItemFn, options: &Options) -> TokenStream {
    let private = private(options.krate.as_ref());
    let config = config(options, &private);
    let configured = options.configure.as_ref().map(|path| configured(path, options, &private));
    let meta = meta(function, options, &private);
    let call = call(function, options, &private);
    let main = wrap(function, quote!(clippy::unused_async), quote!(#config #configured #meta #call));
    let only_free = only_free(&function.sig.ident);
    let plan_test = (!options.no_plan_test).then(|| {
        quote! {
            #[cfg(test)]
            #[::core::prelude::v1::test]
            fn graceful_plan() {
                #private::assert_main_plan()
            }
        }
    });
    quote!(#main #only_free #plan_test)
}

/// A main that does nothing, around a function with a wrong signature.
pub(super) fn uncalled(function: &ItemFn) -> TokenStream {
    wrap(function, quote!(unused), TokenStream::new())
}

fn call(function: &ItemFn, options: &Options, private: &TokenStream) -> TokenStream {
    let flavor = options.runtime.flavor(private);
    let builder = options.runtime.builder(private);
    let reported = match &function.sig.output {
        ReturnType::Type(_, ty) if !matches!(**ty, Type::Never(_)) => Some(report(ty, private)),
        _ => None,
    };
    let import = reported.is_some().then(|| {
        let inferred = import_inferred(private);
        quote! {
            #inferred
            use #private::{
                MainAsItIs as _, MainByConversion as _, MainByDisplay as _, MainByReference as _,
            };
        }
    });
    // The report keeps an error, and std prints it.
    let reported = reported.map(|report| {
        quote! {
            let __way = (&&&#private::Returned::of(&__value)).main_way();
            #report(__way(__value))
        }
    });
    let (run, body) = match (function.sig.asyncness, reported) {
        (Some(_), None) => (quote!(run_async), quote!(main())),
        (Some(_), Some(report)) => (quote!(run_async), quote!(async { let __value = main().await; #report })),
        (None, None) => (quote!(run_sync), quote!(main)),
        (None, Some(report)) => (quote!(run_sync), quote!(|| { let __value = main(); #report })),
    };
    let config = if options.configure.is_some() { quote!(__configured) } else { quote!(__config) };
    quote! {
        #import
        #private::#run(#config(), #flavor, #builder, #body)
    }
}

/// The function that converts main's value into an exit code. The compiler has the best message for a wrong `Result`.
fn report(ty: &Type, private: &TokenStream) -> TokenStream {
    let inferred = inferred(ty);
    let returned = if is_result(ty) { quote!(::std::process::Termination) } else { quote!(#private::MainReturn) };
    quote!(<#inferred as #returned>::report)
}

fn wrap(function: &ItemFn, allowed: TokenStream, call: TokenStream) -> TokenStream {
    let mut inner = function.clone();
    let vis = std::mem::replace(&mut inner.vis, syn::Visibility::Inherited);
    let docs = inner.attrs.extract_if(.., |attr| attr.path().is_ident("doc")).collect::<Vec<_>>();
    let ident = &function.sig.ident;
    quote! {
        #(#docs)*
        #[allow(forbidden_lint_groups)]
        #vis fn #ident() {
            #[allow(#allowed)]
            #inner
            #call
        }
    }
}

/// The function `__config`. A test finds it through `MainConfig`, and rehearses the shutdown with it.
fn config(options: &Options, private: &TokenStream) -> TokenStream {
    let krate = krate(options.krate.as_ref());
    let durations = options.durations().into_iter().flatten().map(|Given { method, value, .. }| {
        let duration = duration::tokens(*value);
        quote!(.#method(#duration))
    });
    let signals = options.signals.as_ref().map(|Given { method, value, .. }| {
        let variants = value.iter().map(variant);
        quote!(.#method([#(#krate::Signal::#variants),*]))
    });
    let probes = options.probes.as_ref().map(|Given { method, value, .. }| {
        let address = address::tokens(*value);
        quote!(.#method(#address))
    });
    quote! {
        fn __config() -> #krate::Config {
            #krate::Config::new() #(#durations)* #signals #probes
        }
        #[cfg(test)]
        const _: () = {
            #private::inventory::submit! { #private::MainConfig(__config) }
        };
    }
}

/// The function `__configured`. Only main calls it: a test and the manifest check have the values of the attribute.
fn configured(path: &Path, options: &Options, private: &TokenStream) -> TokenStream {
    let krate = krate(options.krate.as_ref());
    let name = compact(path);
    let function = quote_spanned! {at(path)=>
        let __function: fn(#krate::Config) -> _ = #path;
    };
    let ty = Type::Path(TypePath { attrs: Vec::new(), qself: None, path: path.clone() });
    let names = [quote!(ConfigureReturn), quote!(into_result)];
    let result = convert(&ty, &quote!(__function(__config())), private, names);
    quote! {
        fn __configured() -> #krate::Config {
            #function
            #private::configured(#name, { #result })
        }
    }
}

fn meta(function: &ItemFn, options: &Options, private: &TokenStream) -> TokenStream {
    let Line { head, tail, .. } = options.record(function.sig.ident.span()).to_line();
    quote! {
        const _: () = {
            #private::register_main! { head = #head, tail = #tail }
        };
    }
}
