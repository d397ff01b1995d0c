//! The value of a key.

use std::fmt::Display;
use std::str::FromStr;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Error, Expr, ExprLit, ExprPath, Lit, LitStr, Path, Result};

use crate::errors;
use crate::expand::compact;

/// The tokens after `key =`.
pub(crate) struct Value {
    key: &'static str,
    tokens: TokenStream,
}

/// A path in the program, if its conditions hold.
pub(crate) struct Conditional {
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) path: Path,
}

/// The value of a key that may be a constant of the program.
pub(crate) enum Known<T> {
    /// Known to the attribute.
    Literal(T),
    /// An expression, whose value only the compiler knows.
    Constant(TokenStream),
}

impl Value {
    pub(crate) fn new(key: &'static str, tokens: TokenStream) -> Self {
        Self { key, tokens }
    }

    pub(crate) fn key(&self) -> &'static str {
        self.key
    }

    pub(crate) fn error(&self, message: impl Display) -> Error {
        Error::new_spanned(&self.tokens, message)
    }

    pub(crate) fn string(&self) -> Result<LitStr> {
        let text = self.text();
        let quoted = (!text.contains('"')).then(|| format!("{text:?}"));
        self.string_or("a string", quoted)
    }

    /// A string that is not blank.
    pub(crate) fn name(&self) -> Result<LitStr> {
        match self.string()? {
            name if name.value().trim().is_empty() => Err(self.error(format_args!("`{}` cannot be empty", self.key))),
            name => Ok(name),
        }
    }

    pub(crate) fn string_or(&self, expected: &str, proposal: Option<String>) -> Result<LitStr> {
        match self.literal() {
            Ok(Lit::Str(string)) => Ok(string),
            _ => Err(self.unexpected(expected, proposal)),
        }
    }

    /// One of the choices, as a string.
    pub(crate) fn choice<T: Copy>(
        &self,
        what: &str,
        choices: &[(&'static str, T)],
        hint: fn(&str) -> Option<&'static str>,
    ) -> Result<T> {
        let string = self.string()?;
        let found = string.value();
        if let Some((_, choice)) = choices.iter().find(|(name, _)| *name == found) {
            return Ok(*choice);
        }
        let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
        Err(self.error(match hint(&found) {
            Some(name) => format!("the {what} `{found}` is called `{name}`"),
            None => errors::unknown(what, &found, &names),
        }))
    }

    pub(crate) fn boolean(&self) -> Result<bool> {
        match self.literal() {
            Ok(Lit::Bool(boolean)) => Ok(boolean.value),
            _ => Err(self.unexpected("`true` or `false`", self.bare::<bool>())),
        }
    }

    /// An integer of type `T`. `expected` describes it in messages.
    pub(crate) fn integer<T: FromStr + Display>(&self, expected: &str) -> Result<T> {
        match self.literal() {
            Ok(Lit::Int(integer)) if integer.suffix().is_empty() => {
                integer.base10_digits().parse().map_err(|_| self.unexpected(expected, None))
            }
            _ => Err(self.unexpected(expected, self.bare::<T>())),
        }
    }

    /// An integer of type `T`, or an expression without a literal's form.
    pub(crate) fn integer_or_constant<T: FromStr + Display>(&self, expected: &str) -> Result<Known<T>> {
        if self.is_literal() {
            self.integer(expected).map(Known::Literal)
        } else {
            self.expression().map(|_| Known::Constant(self.tokens.clone()))
        }
    }

    /// Whether the value has the form of a path, as a constant has.
    pub(crate) fn is_path(&self) -> bool {
        self.expression().is_ok_and(|expression| matches!(ungroup(expression), Expr::Path(_)))
    }

    /// The path of a crate, bare or as a string.
    pub(crate) fn path(&self) -> Result<Path> {
        self.path_or("a path, such as `graceful` or `my_crate::graceful`")
    }

    /// A path, bare or as a string. `expected` describes it in messages.
    pub(crate) fn path_or(&self, expected: &str) -> Result<Path> {
        let expected = |_| self.unexpected(expected, None);
        match self.literal() {
            Ok(Lit::Str(string)) => string.parse_with(Path::parse_mod_style).map_err(expected),
            _ => Path::parse_mod_style.parse2(self.tokens.clone()).map_err(expected),
        }
    }

    /// `[a, b]`
    pub(crate) fn list(&self) -> Result<Vec<Expr>> {
        match ungroup(self.expression()?) {
            Expr::Array(array) => Ok(array.elems.into_iter().collect()),
            _ => Err(self.unexpected("a list", Some(format!("[{}]", self.text())))),
        }
    }

    /// A path, or a list of paths, each of which may depend on a `cfg`.
    pub(crate) fn paths(&self) -> Result<Vec<Conditional>> {
        match ungroup(self.expression()?) {
            Expr::Array(array) => array.elems.into_iter().map(|element| self.conditional(element)).collect(),
            path => Ok(vec![self.conditional(path)?]),
        }
    }

    fn conditional(&self, expression: Expr) -> Result<Conditional> {
        let expected = |found: &dyn ToTokens, proposal: Option<String>| {
            let proposal = proposal.map(|proposal| format!(", did you mean `{proposal}`?")).unwrap_or_default();
            let key = self.key;
            Error::new_spanned(
                found,
                format_args!("`{key}` expects the path of a function, or a list of paths{proposal}"),
            )
        };
        match ungroup(expression) {
            Expr::Path(ExprPath { attrs, qself: None, path }) => {
                if let Some(attr) = attrs.iter().find(|attr| !attr.path().is_ident("cfg")) {
                    return Err(Error::new_spanned(attr, "only `cfg` can be here"));
                }
                Ok(Conditional { cfgs: attrs, path })
            }
            Expr::Call(call) if matches!(*call.func, Expr::Path(_)) => Err(expected(&call, Some(compact(&call.func)))),
            Expr::Lit(ExprLit { lit: Lit::Str(string), .. }) => {
                let path = string.parse_with(Path::parse_mod_style).ok();
                Err(expected(&string, path.map(|path| compact(&path))))
            }
            other => Err(expected(&other, None)),
        }
    }

    /// The text of the tokens.
    pub(crate) fn text(&self) -> String {
        self.tokens.to_string()
    }

    fn expression(&self) -> Result<Expr> {
        let whole = |input: ParseStream<'_>| {
            let expression = input.parse()?;
            if input.is_empty() { Ok(expression) } else { Err(input.error("expected `,`")) }
        };
        whole.parse2(self.tokens.clone())
    }

    pub(crate) fn is_literal(&self) -> bool {
        self.literal().is_ok()
    }

    /// A literal. A number may be negative.
    fn literal(&self) -> Result<Lit> {
        syn::parse2(self.tokens.clone())
    }

    /// The value without its quotes or its suffix.
    fn bare<T: FromStr + Display>(&self) -> Option<String> {
        let bare = match self.literal().ok()? {
            Lit::Str(string) => string.value(),
            Lit::Int(integer) => integer.base10_digits().to_owned(),
            _ => return None,
        };
        Some(bare.parse::<T>().ok()?.to_string())
    }

    pub(crate) fn unexpected(&self, expected: &str, proposal: Option<String>) -> Error {
        if let (None, Err(missing_comma)) = (&proposal, self.expression()) {
            return missing_comma;
        }
        let proposal = proposal.map(|proposal| format!(", did you mean `{proposal}`?"));
        self.error(format_args!("`{}` expects {expected}{}", self.key, proposal.unwrap_or_default()))
    }
}

impl ToTokens for Value {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.tokens.to_tokens(tokens);
    }
}

/// The expression without the invisible brackets that `macro_rules` puts around `$value:expr`.
fn ungroup(expression: Expr) -> Expr {
    match expression {
        Expr::Group(group) => ungroup(*group.expr),
        expression => expression,
    }
}
