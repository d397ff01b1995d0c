//! Parts of all expansions.

use std::fmt::Debug;

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, Path};

/// The path of the library in an expansion.
pub(crate) fn krate(path: Option<&Path>) -> TokenStream {
    path.map_or_else(|| quote!(::graceful), ToTokens::to_token_stream)
}

pub(crate) fn private(path: Option<&Path>) -> TokenStream {
    let krate = krate(path);
    quote!(#krate::__private)
}

/// The place of the user's tokens with the hygiene of the attribute, because the tokens may come from a macro.
pub(crate) fn at(tokens: impl Spanned) -> Span {
    Span::call_site().located_at(tokens.span())
}

/// The same tokens, all of them at one place in the source: the compiler underlines it, and not the whole attribute.
pub(crate) fn all_at(span: Span, tokens: &TokenStream) -> TokenStream {
    let at = |mut token: TokenTree| {
        if let TokenTree::Group(group) = &token {
            token = Group::new(group.delimiter(), all_at(span, &group.stream())).into();
        }
        token.set_span(span);
        token
    };
    tokens.clone().into_iter().map(at).collect()
}

/// A path without the spaces between its tokens.
pub(crate) fn compact(path: &impl ToTokens) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}

/// The variant's name, as its derived `Debug` writes it.
pub(crate) fn variant(variant: impl Debug) -> Ident {
    Ident::new(&format!("{variant:?}"), Span::call_site())
}

/// File and line, as in the records.
pub(crate) fn location(span: Span) -> (String, u32) {
    (span.file(), u32::try_from(span.start().line).unwrap_or(u32::MAX))
}

/// Expands to nothing, except in an `impl` or a `trait`, which an attribute cannot see. There the compiler reports an
/// error at the function's name, and proposes to move the function out.
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
