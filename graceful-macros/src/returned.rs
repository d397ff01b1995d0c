//! The return type of a registered function: what is wrong with it is told where it is written.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{GenericArgument, PathArguments, Type};

use crate::expand::at;
use crate::item_fn::has_impl_trait;

/// The type as another function can name it.
pub(crate) fn nameable(ty: &Type) -> TokenStream {
    if has_impl_trait(ty) { quote_spanned!(at(ty)=> _) } else { ty.to_token_stream() }
}

/// What the error traits of the runtime are called by.
pub(crate) fn error_traits(private: &TokenStream) -> TokenStream {
    quote!(use #private::{ByConversion as _, ByDisplay as _, ByNothing as _};)
}

/// The method of these traits, with the place of `E` of `Result<T, E>`, or of the whole type where no `E` is written.
pub(crate) fn outcome_method(ty: &Type) -> Ident {
    let span = match error_of(ty) {
        Some(error) => at(error),
        None => at(ty),
    };
    Ident::new("outcome", span)
}

fn error_of(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else { return None };
    match (arguments.args.len(), arguments.args.last()?) {
        (2, GenericArgument::Type(error)) => Some(error),
        _ => None,
    }
}
