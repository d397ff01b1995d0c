//! `#[graceful::test]`

#[cfg(test)]
mod tests;

use graceful_core::Flavor;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{FnArg, Path};

use crate::args::Keys;
use crate::errors::Errors;
use crate::expand::private;
use crate::item_fn::ItemFn;
use crate::renamed;
use crate::runtime::Runtime;

const KEYS: Keys = Keys {
    valid: &[
        ("flavor", "\"multi_thread\""),
        ("worker_threads", "2"),
        ("start_paused", "true"),
        ("unhandled_panic", "\"shutdown_runtime\""),
        ("name", "\"test\""),
        ("crate", "my_crate::graceful"),
    ],
    hint: |_| None,
};

struct Options {
    runtime: Runtime,
    krate: Option<Path>,
}

pub(crate) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = Options::parse(args, &mut errors);
    let Some(mut function) = errors.check(ItemFn::parse(item.clone(), "a test")) else {
        return quote!(#item #errors);
    };
    check(&mut function, &mut errors);
    renamed::check(options.krate.as_ref(), &mut errors);
    if !errors.is_empty() {
        return quote!(#[allow(unused)] #function #errors);
    }
    test(&function, &options)
}

impl Options {
    fn parse(args: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self { runtime: Runtime::new(Flavor::CurrentThread), krate: None };
        let (paths, args): (Vec<_>, Vec<_>) = KEYS.parse(args, errors).into_iter().partition(|arg| arg.key == "crate");
        for arg in paths {
            options.krate = errors.check(arg.value.path());
        }
        for arg in args {
            let result = options.runtime.set(arg, &private(options.krate.as_ref()));
            errors.check(result);
        }
        options.runtime.check(true, errors);
        options
    }
}

fn check(function: &mut ItemFn, errors: &mut Errors) {
    function.check_callable(errors);
    if function.sig.asyncness.is_none() {
        errors.at(
            function.sig.fn_token,
            "a test under `#[graceful::test]` must be an `async fn`\n\
             a plain one needs only `#[test]`; it can call `graceful::testing::Rehearsal`",
        );
    }
    if let Some(receiver @ FnArg::Receiver(_)) = function.sig.inputs.first() {
        errors.at(receiver, "a test must be a free function: it cannot take `self`");
    }
    for more in function.sig.inputs.iter().skip(1) {
        errors.at(more, "a test takes one argument, or none: `service: graceful::testing::Service`");
    }
    function.attrs.retain(|attr| {
        let is_test = attr.path().segments.last().is_some_and(|segment| segment.ident == "test");
        if is_test {
            errors.at(
                attr,
                "remove this attribute: `#[graceful::test]` makes the function a test, and builds its runtime",
            );
        }
        !is_test
    });
}

/// ```text
/// #[test]
/// fn name() -> Result<(), Error> {
///     async fn name(service: Service) -> Result<(), Error> { body }
///     run_test(builder, flavor, name)
/// }
/// ```
fn test(function: &ItemFn, options: &Options) -> TokenStream {
    let private = private(options.krate.as_ref());
    let mut inner = function.clone();
    let attrs = std::mem::take(&mut inner.attrs);
    let vis = std::mem::replace(&mut inner.vis, syn::Visibility::Inherited);
    let (ident, output) = (&function.sig.ident, &function.sig.output);
    let (flavor, builder) = (options.runtime.flavor(&private), options.runtime.builder(&private));
    let body = if function.sig.inputs.is_empty() {
        // The service lives as long as the test.
        quote!(|__service| async move {
            let __service = __service;
            #ident().await
        })
    } else {
        quote!(|__service| #ident(__service))
    };
    quote! {
        #(#attrs)*
        #[::core::prelude::v1::test]
        #vis fn #ident() #output {
            #inner
            #private::run_test(#builder, #flavor, #body)
        }
    }
}
