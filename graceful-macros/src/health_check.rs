//! `#[health_check]`

mod expand;
mod options;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{ReturnType, Type};

use self::options::Options;
use crate::errors::Errors;
use crate::item_fn::ItemFn;
use crate::renamed;

pub(crate) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = Options::parse(args, &mut errors);
    let Some(mut function) = errors.check(ItemFn::parse(item.clone(), "a health check")) else {
        return quote!(#item #errors);
    };
    function.check_registrable("health_check", &mut errors);
    renamed::check(options.krate.as_ref(), &mut errors);
    let ty = returned(&function, &mut errors);
    let Some(ty) = ty.filter(|_| errors.is_empty()) else {
        return quote!(#function #errors);
    };
    let registration = expand::registration(&function, &ty, &options);
    quote!(#function #registration)
}

/// The return type, if there is one. The compiler checks whether it is valid.
fn returned(function: &ItemFn, errors: &mut Errors) -> Option<Type> {
    let message = "a health check must return its result: `bool`, `Result<(), E>` or `Health`";
    match &function.sig.output {
        ReturnType::Type(_, ty) if !matches!(**ty, Type::Never(_)) => return Some((**ty).clone()),
        ReturnType::Type(_, never) => errors.at(never, message),
        ReturnType::Default => errors.at(&function.sig.ident, message),
    }
    None
}
