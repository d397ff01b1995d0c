//! The keys that `#[tokio::main]` also has, with the same meanings and restrictions.

use graceful_core::Flavor;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Result;

use crate::args::Arg;
use crate::errors::Errors;
use crate::expand::{at, variant};

/// The flavor, and the calls of the runtime's builder.
#[derive(Default)]
pub(crate) struct Runtime {
    flavor: Flavor,
    flavor_arg: Option<Arg>,
    calls: Vec<(Arg, TokenStream)>,
}

const UNHANDLED_PANIC: [(&str, &str); 2] = [("ignore", "Ignore"), ("shutdown_runtime", "ShutdownRuntime")];

impl Runtime {
    /// A runtime whose flavor is this one, unless the key `flavor` sets another.
    pub(crate) fn new(flavor: Flavor) -> Self {
        Self { flavor, ..Self::default() }
    }

    pub(crate) fn set(&mut self, arg: Arg, private: &TokenStream) -> Result<()> {
        let value = match arg.key {
            "flavor" => {
                self.flavor =
                    arg.value.choice("flavor", &Flavor::ALL.map(|flavor| (flavor.label(), flavor)), renamed_flavor)?;
                self.flavor_arg = Some(arg);
                return Ok(());
            }
            "worker_threads" => match arg.value.integer("an integer")? {
                0usize => return Err(arg.value.error("`worker_threads` cannot be zero")),
                threads => quote!(#threads),
            },
            "start_paused" => {
                let paused = arg.value.boolean()?;
                quote!(#paused)
            }
            "unhandled_panic" => {
                let name = arg.value.choice("behavior", &UNHANDLED_PANIC, |_| None)?;
                let variant = format_ident!("{name}");
                let behavior = format_ident!("UnhandledPanic", span = at(&arg.name));
                quote!(#private::tokio::runtime::#behavior::#variant)
            }
            _name => {
                let name = arg.value.string()?;
                quote!(#name)
            }
        };
        self.calls.push((arg, value));
        Ok(())
    }

    /// Removes the calls that do not fit the flavor, with an error for each.
    pub(crate) fn check(&mut self, main_is_async: bool, errors: &mut Errors) {
        let multi_thread = self.flavor == Flavor::MultiThread;
        self.calls.retain(|(arg, _)| {
            let needed = match arg.key {
                "worker_threads" if !multi_thread => "multi_thread",
                "start_paused" | "unhandled_panic" if multi_thread => "current_thread",
                _ => return true,
            };
            errors.at(&arg.name, format_args!("`{}` needs `flavor = \"{needed}\"`", arg.key));
            false
        });
        if let (Flavor::Local, false, Some(arg)) = (self.flavor, main_is_async, &self.flavor_arg) {
            errors.push(
                arg.value.error("the flavor `local` needs an `async fn main`: its tasks run while main is polled"),
            );
        }
    }

    pub(crate) fn flavor(&self, private: &TokenStream) -> TokenStream {
        let flavor = variant(self.flavor);
        quote!(#private::Flavor::#flavor)
    }

    /// An expression that makes the builder. A method that tokio lacks without a feature is an error at its key.
    pub(crate) fn builder(&self, private: &TokenStream) -> TokenStream {
        let new = match self.flavor {
            Flavor::MultiThread => quote!(new_multi_thread),
            Flavor::CurrentThread | Flavor::Local => quote!(new_current_thread),
        };
        let calls = self.calls.iter().map(|(arg, value)| {
            let method = arg.method();
            quote!(.#method(#value))
        });
        quote! {{
            let mut __builder = #private::tokio::runtime::Builder::#new();
            __builder.enable_all() #(#calls)*;
            __builder
        }}
    }
}

fn renamed_flavor(found: &str) -> Option<&'static str> {
    match found {
        "single_thread" | "basic_scheduler" => Some("current_thread"),
        "threaded_scheduler" => Some("multi_thread"),
        _ => None,
    }
}
