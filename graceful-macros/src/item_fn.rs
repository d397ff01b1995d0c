//! A function with an unparsed body.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Error, FnArg, PatType, Result, Safety, Signature, Visibility};

use crate::errors::Errors;

/// A function with an unparsed body. Half-typed code passes through, so that the compiler reports its mistakes once.
#[derive(Clone)]
pub(crate) struct ItemFn {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    body: TokenStream,
    what: &'static str,
}

impl ItemFn {
    /// Parses a function. Error messages begin with `what`, which names its role.
    pub(crate) fn parse(item: TokenStream, what: &'static str) -> Result<Self> {
        let parse = |input: ParseStream<'_>| {
            let attrs = input.call(Attribute::parse_outer)?;
            let vis = input.parse()?;
            let start = input.cursor().token_tree().map(|(token, _)| token);
            let sig = input.parse().map_err(|_| {
                input.parse::<TokenStream>().ok();
                Error::new_spanned(start, format_args!("{what} must be a function"))
            })?;
            if !input.peek(syn::token::Brace) {
                return Err(input.error(format_args!("{what} needs a body")));
            }
            Ok(Self { attrs, vis, sig, body: input.parse()?, what })
        };
        parse.parse2(item)
    }

    /// Adds an error for each reason why the runtime could not call the function.
    pub(crate) fn check_callable(&self, errors: &mut Errors) {
        let Self { what, sig: Signature { constness, safety, abi, generics, .. }, .. } = self;
        if let Some(constness) = constness {
            errors.at(constness, format_args!("{what} cannot be `const`"));
        }
        if let Safety::Unsafe(unsafety) = safety {
            errors.at(unsafety, format_args!("{what} cannot be `unsafe`"));
        }
        if let Some(abi) = abi {
            errors.at(abi, format_args!("{what} cannot be `extern`"));
        }
        if !generics.params.is_empty() {
            errors.at(generics, format_args!("{what} cannot be generic"));
        }
        if let Some(clause) = &generics.where_clause {
            errors.at(clause, format_args!("{what} cannot have a `where` clause"));
        }
        if let Some(variadic) = &self.sig.variadic {
            errors.at(variadic, format_args!("{what} cannot be variadic"));
        }
    }

    /// Adds an error for each reason why `attribute` could not register the function. Removes a second such attribute,
    /// so that its mistakes are not reported as well.
    pub(crate) fn check_registrable(&mut self, attribute: &str, errors: &mut Errors) {
        let what = self.what;
        self.check_callable(errors);
        for input in &self.sig.inputs {
            let attrs = match input {
                FnArg::Receiver(receiver) => {
                    errors.at(receiver, format_args!("{what} must be a free function: it cannot take `self`"));
                    continue;
                }
                FnArg::Typed(argument) => &argument.attrs,
            };
            for attr in attrs.iter().filter(|attr| attr.path().is_ident("cfg")) {
                errors
                    .at(attr, format_args!("{what}'s arguments cannot depend on a `cfg`, only the whole function can"));
            }
        }
        for argument in self.arguments().filter(|argument| has_impl_trait(&argument.ty)) {
            errors.at(&argument.ty, format_args!("{what} cannot be generic"));
        }
        self.attrs.retain(|attr| {
            let repeated = attr.path().segments.last().is_some_and(|segment| segment.ident == attribute);
            if repeated {
                errors.at(attr, format_args!("a function can be {what} only once"));
            }
            !repeated
        });
    }

    /// The first token of the body.
    pub(crate) fn first_token(&self) -> Option<TokenTree> {
        match self.body.clone().into_iter().next() {
            Some(TokenTree::Group(body)) => body.stream().into_iter().next(),
            _ => None,
        }
    }

    /// The arguments without `self`.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &PatType> {
        self.sig.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(argument) => Some(argument),
            FnArg::Receiver(_) => None,
        })
    }
}

impl ToTokens for ItemFn {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        for attr in &self.attrs {
            attr.to_tokens(tokens);
        }
        self.vis.to_tokens(tokens);
        self.sig.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}

/// Whether `impl Trait` occurs in the type, which then cannot be named elsewhere.
pub(crate) fn has_impl_trait(ty: impl ToTokens) -> bool {
    mentions(ty, "impl")
}

/// Whether this word occurs in the type.
pub(crate) fn mentions(ty: impl ToTokens, word: &str) -> bool {
    ty.into_token_stream().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Group(group) => mentions(group.stream(), word),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
