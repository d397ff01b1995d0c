//! `#[graceful::main]`

mod expand;
mod manifest;
mod options;
mod signals;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::quote;
use syn::FnArg;

use self::options::Options;
use crate::errors::Errors;
use crate::expand::compact;
use crate::item_fn::ItemFn;
use crate::renamed;

pub(crate) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    let features = Features {
        kubernetes: cfg!(feature = "kubernetes"),
        probes: cfg!(feature = "probes"),
        systemd: cfg!(feature = "systemd"),
    };
    expand_with(features, args, item)
}

/// The features that some keys need, and what the program is built with.
#[derive(Clone, Copy)]
struct Features {
    kubernetes: bool,
    probes: bool,
    systemd: bool,
}

fn expand_with(features: Features, args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let mut options = Options::parse(args, features, &mut errors);
    let Some(mut function) = errors.check(ItemFn::parse(item.clone(), "main")) else {
        return quote!(#item #errors);
    };
    options.check(function.sig.asyncness.is_some(), &mut errors);
    // Keys that contradict each other are not compared with a manifest.
    if errors.is_empty() {
        manifest::check(&options, &mut errors);
    }
    check_other_attributes(&mut function, &mut errors);

    if !is_free_main(&function, &mut errors) {
        return quote!(#function #errors);
    }
    let mut misfit = Errors::default();
    function.check_callable(&mut misfit);
    if !function.sig.inputs.is_empty() {
        misfit.at(&function.sig.inputs, "main cannot take arguments");
    }
    renamed::check(options.krate.as_ref(), &mut misfit);
    if !misfit.is_empty() {
        let main = expand::uncalled(&function);
        return quote!(#main #errors #misfit);
    }
    let main = expand::main(&function, &options);
    // With an error main is compiled again anyway.
    let manifest = if errors.is_empty() { manifest::dependency(&options) } else { None };
    quote!(#main #errors #manifest)
}

fn is_free_main(function: &ItemFn, errors: &mut Errors) -> bool {
    let ident = &function.sig.ident;
    if let Some(receiver @ FnArg::Receiver(_)) = function.sig.inputs.first() {
        errors.at(receiver, "main must be a free function: it cannot take `self`");
        return false;
    }
    if ident != "main" {
        errors.at(ident, format_args!("`#[graceful::main]` must be on the function `main`, not on `{ident}`"));
    }
    ident == "main"
}

/// Finds `#[tokio::main]`. One below is among the attributes. One above has already been expanded; the tokens that it
/// put into the body have the place of the attribute.
fn check_other_attributes(function: &mut ItemFn, errors: &mut Errors) {
    function.attrs.retain(|attr| {
        let path = attr.path();
        let is_main = path.segments.last().is_some_and(|segment| segment.ident == "main");
        if is_main {
            errors.at(attr, other_main(&compact(path)));
        }
        !is_main
    });
    if let Some(token) = function.first_token()
        && token.span().source_text().is_some_and(|text| text.starts_with("#[tokio::main"))
    {
        errors.at(token, other_main("tokio::main"));
    }
}

fn other_main(path: &str) -> String {
    match path {
        "tokio::main" => {
            "remove `#[tokio::main]`: `#[graceful::main]` builds the runtime and has the same keys".to_owned()
        }
        "graceful::main" => "main can have `#[graceful::main]` only once".to_owned(),
        path => format!("remove `#[{path}]`: `#[graceful::main]` already builds a runtime and runs main on it"),
    }
}
