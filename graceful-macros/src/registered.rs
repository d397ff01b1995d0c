//! A function that is registered at link time, for the runtime to call.

use graceful_core::record::Line;
use proc_macro2::{Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Ident, LitStr, Path, Visibility};

use crate::expand::{at, krate, location, option, private};
use crate::item_fn::{ItemFn, mentions};

/// What the runtime calls a function for, as names of the runtime.
pub(crate) struct Role {
    /// The type with the fields of this role alone, among them `call`.
    pub(crate) name: &'static str,
    /// The type that registers such a function at run time. It has a method for some of the keys.
    pub(crate) builder: &'static str,
    /// The type from which a call takes its arguments.
    pub(crate) context: &'static str,
    /// The trait of these arguments.
    pub(crate) argument: &'static str,
    /// The type that a call results in.
    pub(crate) outcome: &'static str,
}

/// The name of the type that stands for a function where other functions name it.
pub(crate) fn type_name(function: &Ident) -> Ident {
    let mut name = function.clone();
    name.set_span(at(function));
    name
}

/// A constant of the program that is the value of a key.
pub(crate) struct Constant {
    /// The name of the item.
    pub(crate) name: Ident,
    /// The item that evaluates it, once.
    pub(crate) item: TokenStream,
    /// The kind of piece that the compiler writes into the record.
    pub(crate) piece: TokenStream,
}

impl Constant {
    pub(crate) fn new(name: &str, item: impl FnOnce(&Ident) -> TokenStream, piece: TokenStream) -> Self {
        let name = Ident::new(name, Span::call_site());
        Self { item: item(&name), name, piece }
    }
}

/// A function in its role.
pub(crate) struct Registered<'a> {
    role: &'static Role,
    function: &'a ItemFn,
    methods: &'a [Ident],
    krate: TokenStream,
    pub(crate) private: TokenStream,
    /// What other functions know about this one, if they can name it: an implementation for the item beside the function, which
    /// has the function's name and visibility in that case.
    named: Option<TokenStream>,
}

impl<'a> Registered<'a> {
    /// `methods` are the keys that the role's builder has as methods.
    pub(crate) fn new(role: &'static Role, function: &'a ItemFn, path: Option<&Path>, methods: &'a [Ident]) -> Self {
        Self { role, function, methods, krate: krate(path), private: private(path), named: None }
    }

    /// Lets other functions name this one: implements a trait for the type with its [`type_name`].
    pub(crate) fn named(mut self, implementation: TokenStream) -> Self {
        self.named = Some(implementation);
        self
    }

    /// The type that stands for the function where other functions name it.
    pub(crate) fn type_name(&self) -> Ident {
        type_name(&self.function.sig.ident)
    }

    /// The call of the function.
    pub(crate) fn value(&self) -> TokenStream {
        let (ident, names) = (&self.function.sig.ident, self.argument_names());
        let wait = self.function.sig.asyncness.map(|_| quote!(.await));
        quote!(#ident(#(#names),*) #wait)
    }

    /// The function's name.
    pub(crate) fn name(&self) -> String {
        self.function.sig.ident.unraw().to_string()
    }

    /// Where the function is: file and line.
    pub(crate) fn location(&self) -> (String, u32) {
        location(self.function.sig.ident.span())
    }

    /// The item beside the function. `outcome` is an expression with the call in it, `fields` are those of this role
    /// alone, and `record` is the line of JSON, whose parts have the values of the constants between them.
    pub(crate) fn expand(
        &self,
        name: Option<&LitStr>,
        timeout: Option<TokenStream>,
        outcome: &TokenStream,
        fields: &TokenStream,
        record: Line,
        constants: &[Constant],
    ) -> TokenStream {
        let ident = &self.function.sig.ident;
        let call = self.call(outcome);
        let keys = self.keys();
        let register = self.register(name, timeout, fields, record, constants);
        let items = constants.iter().map(|constant| &constant.item);
        let named = &self.named;
        let registration = quote!({ #call #keys #(#items)* #named #register 0 });
        let (vis, name) = self.container();
        // An attribute cannot see that it is in an `impl` or a `trait`. A `const _` would cause two errors there, one
        // of them that it cannot find the function. An enum causes one, at the function's name.
        let container = quote_spanned!(at(ident)=> enum #name { __Registered = #registration });
        quote! {
            #[doc(hidden)]
            #[allow(
                deprecated, unreachable_code, non_local_definitions, forbidden_lint_groups, clippy::all, clippy::pedantic
            )]
            #vis #container
        }
    }

    /// Visibility and name of the item beside the function. They have the hygiene of the attribute, so that lints about
    /// names and about public types do not look at it: they cannot be allowed in a crate that forbids them.
    fn container(&self) -> (Visibility, Ident) {
        let ItemFn { vis, sig, .. } = self.function;
        let mut vis = vis.clone();
        match &mut vis {
            _ if self.named.is_none() => {
                let name = format_ident!("__graceful_{}_{}", self.role.name, sig.ident.unraw(), span = at(&sig.ident));
                return (Visibility::Inherited, name);
            }
            Visibility::Public(public) => public.span = at(public.span),
            Visibility::Restricted(restricted) => restricted.pub_token.span = at(restricted.pub_token.span),
            Visibility::Inherited => {}
        }
        (vis, self.type_name())
    }

    /// Does nothing when it runs. It names the builder's method for each key, so that an IDE shows its documentation
    /// there.
    fn keys(&self) -> TokenStream {
        let Self { krate, methods, .. } = self;
        let builder = format_ident!("{}", self.role.builder);
        quote!(#(let _ = #krate::#builder::#methods;)*)
    }

    /// The function `__call`. It takes the arguments, calls the user's function, and converts the result.
    fn call(&self, outcome: &TokenStream) -> TokenStream {
        let private = &self.private;
        let [argument, context, result] =
            [self.role.argument, self.role.context, self.role.outcome].map(|name| format_ident!("{name}"));
        let names = self.argument_names();
        let types = self.function.arguments().map(|argument| &argument.ty);
        let body = quote! {
            #(
                let #names = match <#types as #private::#argument>::take(&__context) {
                    ::core::result::Result::Ok(__argument) => __argument,
                    ::core::result::Result::Err(__missing) => return ::core::convert::From::from(__missing),
                };
            )*
            #outcome
        };
        if self.function.sig.asyncness.is_none() {
            return quote! {
                fn __call(__context: #private::#context) -> #private::#result {
                    #body
                }
            };
        }
        // The compiler reports at these places that the future is not `Send`.
        let name = self.function.sig.ident.span();
        let block = quote_spanned!(at(name)=> async move { #body });
        let pinned = quote_spanned!(name=> __Box::pin(#block));
        quote! {
            use #private::Box as __Box;
            fn __call(__context: #private::#context) -> #private::BoxFuture<#private::#result> {
                #pinned
            }
        }
    }

    fn register(
        &self,
        name: Option<&LitStr>,
        timeout: Option<TokenStream>,
        fields: &TokenStream,
        record: Line,
        constants: &[Constant],
    ) -> TokenStream {
        let private = &self.private;
        let (function, (file, line)) = (self.name(), self.location());
        let line = Literal::u32_unsuffixed(line);
        let role = format_ident!("{}", self.role.name);
        let form = match self.function.sig.asyncness {
            Some(_) => quote!(Async),
            None => quote!(Blocking),
        };
        let all_of = self.all_of();
        let Line { head, tail, after_constants } = record;
        let pieces = constants.iter().map(|Constant { name, piece, .. }| quote!(#piece = #name));
        let (name, timeout) = (option(name), option(timeout));
        quote! {
            #private::register! {
                name = #name,
                function = #function,
                file = #file,
                line = #line,
                timeout = #timeout,
                #all_of
                role = #private::#role { #fields call: #private::Call::#form(__call) },
                head = #head,
                tail = #tail,
                #(#pieces, tail = #after_constants,)*
            }
        }
    }

    /// The types of which the function takes all values. Most functions have none, and their expansion has no such list.
    fn all_of(&self) -> Option<TokenStream> {
        let (private, argument) = (&self.private, format_ident!("{}", self.role.argument));
        let mut types =
            self.function.arguments().map(|argument| &argument.ty).filter(|ty| mentions(ty, "All")).peekable();
        types.peek()?;
        Some(quote!(all_of = [#(<#types as #private::#argument>::ALL_OF),*],))
    }

    fn argument_names(&self) -> Vec<Ident> {
        (0..self.function.arguments().count()).map(|i| format_ident!("__argument{i}")).collect()
    }
}
