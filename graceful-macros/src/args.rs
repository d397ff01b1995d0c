//! The arguments of an attribute: `key = value, key = value`.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Error, Ident, Result, Token};

use crate::errors::{self, Errors};
use crate::expand::at;
use crate::value::Value;

/// The keys of one attribute.
pub(crate) struct Keys {
    /// Each key with an example of a value.
    pub(crate) valid: &'static [(&'static str, &'static str)],
    /// The message for a key that was renamed, or that another attribute has.
    pub(crate) hint: fn(&str) -> Option<String>,
}

/// A `key = value` with a valid key that is not repeated.
pub(crate) struct Arg {
    pub(crate) key: &'static str,
    pub(crate) name: Ident,
    pub(crate) value: Value,
}

impl Arg {
    /// The key as the name of a method. It keeps the key's place in the source, so that an IDE shows the method's
    /// documentation there.
    pub(crate) fn method(&self) -> Ident {
        Ident::new(self.key, at(&self.name))
    }
}

impl Keys {
    /// Parses the arguments. Adds an error for each one that is wrong.
    pub(crate) fn parse(&self, tokens: TokenStream, errors: &mut Errors) -> Vec<Arg> {
        let mut args: Vec<Arg> = Vec::new();
        for piece in split_at_commas(tokens, errors) {
            let parsed = (|input: ParseStream<'_>| self.parse_arg(input)).parse2(piece);
            let Some(arg) = errors.check(parsed) else { continue };
            if args.iter().any(|before| before.key == arg.key) {
                errors.at(&arg.name, format_args!("repeated key `{}`", arg.key));
            } else {
                args.push(arg);
            }
        }
        args
    }

    fn parse_arg(&self, input: ParseStream<'_>) -> Result<Arg> {
        if !input.peek(Ident::peek_any) {
            let (key, value) = self.valid[0];
            let keys = errors::any_of(&self.names());
            let message = format!("expected `key = value`, such as `{key} = {value}`\nthe key can be {keys}");
            return Err(error_at_rest(input, message));
        }
        let name = input.call(Ident::parse_any)?;
        let found = name.unraw().to_string();
        let Some(&(key, example)) = self.valid.iter().find(|(key, _)| *key == found) else {
            input.parse::<TokenStream>()?;
            let message = (self.hint)(&found);
            let message = message.unwrap_or_else(|| errors::unknown("key", &found, &self.names()));
            return Err(Error::new_spanned(name, message));
        };
        if input.is_empty() {
            let message = format!("`{key}` needs a value, such as `{key} = {example}`");
            return Err(Error::new_spanned(name, message));
        }
        if !input.peek(Token![=]) || input.peek(Token![==]) {
            return Err(error_at_rest(input, format!("expected `=`, as in `{key} = {example}`")));
        }
        let equals = input.parse::<Token![=]>()?;
        let value: TokenStream = input.parse()?;
        if value.is_empty() {
            let message = format!("`{key}` needs a value, such as `{key} = {example}`");
            return Err(Error::new_spanned(quote!(#name #equals), message));
        }
        Ok(Arg { key, name, value: Value::new(key, value) })
    }

    fn names(&self) -> Vec<&'static str> {
        self.valid.iter().map(|(key, _)| *key).collect()
    }
}

/// An error that underlines everything up to the next comma.
fn error_at_rest(input: ParseStream<'_>, message: String) -> Error {
    match input.parse::<TokenStream>() {
        Ok(rest) => Error::new_spanned(rest, message),
        Err(error) => error,
    }
}

fn split_at_commas(tokens: TokenStream, errors: &mut Errors) -> Vec<TokenStream> {
    let mut pieces = Vec::new();
    let mut piece = TokenStream::new();
    for token in tokens {
        match token {
            TokenTree::Punct(comma) if comma.as_char() == ',' => {
                if piece.is_empty() {
                    errors.at(comma, "expected `key = value` before this comma");
                } else {
                    pieces.push(std::mem::take(&mut piece));
                }
            }
            token => piece.extend([token]),
        }
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces
}
