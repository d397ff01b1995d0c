//! `#[on_shutdown]`

mod expand;
mod options;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{FnArg, Path};

use self::options::Options;
use crate::errors::Errors;
use crate::item_fn::{ItemFn, has_impl_trait};

pub(crate) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = Options::parse(args, &mut errors);
    let Some(mut function) = errors.check(ItemFn::parse(item.clone(), "a shutdown handler")) else {
        return quote!(#item #errors);
    };
    check(&mut function, &mut errors);
    if !errors.is_empty() {
        return quote!(#function #errors);
    }
    let registration = expand::registration(&function, &options);
    quote!(#function #registration)
}

/// A second `#[on_shutdown]` is taken away, so that its own mistakes are not told of as well.
fn check(function: &mut ItemFn, errors: &mut Errors) {
    function.check_callable(errors);
    for input in &function.sig.inputs {
        let attrs = match input {
            FnArg::Receiver(receiver) => {
                errors.at(receiver, "a shutdown handler is a free function: it cannot take `self`");
                continue;
            }
            FnArg::Typed(argument) => &argument.attrs,
        };
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("cfg")) {
            errors.at(attr, "a shutdown handler's arguments cannot depend on a `cfg`, only the whole function can");
        }
    }
    for argument in function.arguments().filter(|argument| has_impl_trait(&argument.ty)) {
        errors.at(&argument.ty, "a shutdown handler cannot be generic");
    }
    function.attrs.retain(|attr| {
        let repeated = is_on_shutdown(attr.path());
        if repeated {
            errors.at(attr, "a function can be a shutdown handler only once");
        }
        !repeated
    });
}

fn is_on_shutdown(path: &Path) -> bool {
    path.segments.last().is_some_and(|segment| segment.ident == "on_shutdown")
}
