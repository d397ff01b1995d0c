//! What the tests of the attributes share.

use proc_macro2::{Ident, TokenStream, TokenTree};

/// Readable, as far as it parses.
pub(crate) fn pretty(tokens: TokenStream) -> String {
    match syn::parse2(tokens.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        Err(_) => tokens.to_string(),
    }
}

/// The identifiers of an expansion that have the place of one of these words in the source, in the order of the words.
/// An IDE goes from the word to what they name.
pub(crate) fn named_at(expansion: TokenStream, words: &[&str]) -> Vec<String> {
    let identifiers = identifiers(expansion);
    let at = |word: &&str| {
        let there = identifiers.iter().filter(|identifier| identifier.span().source_text().as_deref() == Some(*word));
        there.map(Ident::to_string).collect::<Vec<_>>()
    };
    words.iter().flat_map(at).collect()
}

fn identifiers(tokens: TokenStream) -> Vec<Ident> {
    let of = |token| match token {
        TokenTree::Ident(identifier) => vec![identifier],
        TokenTree::Group(group) => identifiers(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => Vec::new(),
    };
    tokens.into_iter().flat_map(of).collect()
}
