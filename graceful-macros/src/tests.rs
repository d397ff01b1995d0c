//! What the tests of the attributes share.

use proc_macro2::TokenStream;

/// Readable, as far as it parses.
pub(crate) fn pretty(tokens: TokenStream) -> String {
    match syn::parse2(tokens.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        Err(_) => tokens.to_string(),
    }
}
