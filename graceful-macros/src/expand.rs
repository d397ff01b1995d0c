//! What all expansions need.

use std::fmt::Debug;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, Path};

/// Where the expansion finds the crate `graceful`.
pub(crate) fn krate(path: Option<&Path>) -> TokenStream {
    path.map_or_else(|| quote!(::graceful), ToTokens::to_token_stream)
}

pub(crate) fn private(path: Option<&Path>) -> TokenStream {
    let krate = krate(path);
    quote!(#krate::__private)
}

/// The place of the user's code with the hygiene of ours: it may come from a macro.
pub(crate) fn at(tokens: impl Spanned) -> Span {
    Span::call_site().located_at(tokens.span())
}

/// The variant's name, which is what its derived `Debug` writes.
pub(crate) fn variant(variant: impl Debug) -> Ident {
    Ident::new(&format!("{variant:?}"), Span::call_site())
}

/// File and line, as the records have them.
pub(crate) fn location(span: Span) -> (String, u32) {
    (span.file(), u32::try_from(span.start().line).unwrap_or(u32::MAX))
}

/// Expands to nothing, except in an `impl` or a `trait`, which an attribute cannot see: there the compiler says, at the
/// function's name, that this is not supported, and proposes to move it out.
pub(crate) fn only_free(function: &Ident) -> TokenStream {
    quote_spanned!(function.span()=> #[cfg(any())] impl () {})
}

/// The expression of an `Option`.
pub(crate) fn option(value: Option<impl ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}
