//! Whether the library has the name `graceful` in the user's crate.
//!
//! If it has not, rustc proposes `cargo add graceful`, which is another package. A macro cannot ask rustc for the names
//! of the dependencies, but it can read rustc's arguments. Where they do not have the names, as in an IDE, rustc's own
//! message remains.

use std::env;
use std::path::Path as FilePath;

use proc_macro2::Span;
use syn::{Error, Path};

use crate::errors::Errors;

/// The name in `::graceful`.
const LIBRARY: &str = "graceful";

/// Adds an error if the library has another name, unless the key `crate` is set.
pub(crate) fn check(krate: Option<&Path>, errors: &mut Errors) {
    if krate.is_none()
        && let Some(message) = message(env::args())
    {
        errors.push(Error::new(Span::call_site(), message));
    }
}

fn message(arguments: impl Iterator<Item = String>) -> Option<String> {
    let arguments: Vec<String> = arguments.collect();
    let externs: Vec<(&str, &str)> = values(&arguments, "--extern").filter_map(named).collect();
    let is_itself = values(&arguments, "--crate-name").any(|name| name == LIBRARY);
    let in_a_file = arguments.iter().any(|argument| argument.starts_with('@'));
    if externs.is_empty() || is_itself || in_a_file || externs.iter().any(|(name, _)| *name == LIBRARY) {
        return None;
    }
    let renamed = externs.iter().find(|(_, file)| is_library(file));
    Some(match renamed {
        Some((name, _)) => {
            format!("the dependency `gracefully` has the name `{name}` in this crate\nadd the key `crate = {name}`")
        }
        None => "the library `graceful` is not a dependency of this crate\n\
                 `cargo add gracefully` adds it; where another crate re-exports it, add the key `crate = that_crate::graceful`"
            .to_owned(),
    })
}

/// The values of each `flag value` and `flag=value`.
fn values<'a>(arguments: &'a [String], flag: &'static str) -> impl Iterator<Item = &'a str> {
    (1..).zip(arguments).filter_map(move |(next, argument)| match argument.strip_prefix(flag)? {
        "" => arguments.get(next).map(String::as_str),
        joined => joined.strip_prefix('='),
    })
}

/// `options:name=file`
fn named(argument: &str) -> Option<(&str, &str)> {
    let (name, file) = argument.split_once('=')?;
    Some((name.rsplit(':').next()?, file))
}

/// `libgraceful-0123456789abcdef.rmeta`
fn is_library(file: &str) -> bool {
    let name = FilePath::new(file).file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    let name = name.strip_prefix("lib").unwrap_or(name);
    name.split('-').next() == Some(LIBRARY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(arguments: &str) -> Option<String> {
        message(arguments.split(' ').map(str::to_owned))
    }

    #[test]
    fn what_is_there_or_cannot_be_known_is_no_error() {
        for arguments in [
            "rustc --crate-name service --extern graceful=/target/libgraceful-1f.rlib",
            "rustc --extern tokio=/target/libtokio-1f.rlib --extern=priv:graceful=/target/libgraceful-1f.rmeta",
            "rustc --crate-name graceful --extern tokio=/target/libtokio-1f.rlib",
            "rustc --crate-name service",
            "rustc --extern tokio=/target/libtokio-1f.rlib @/tmp/arguments",
            "rust-analyzer-proc-macro-srv",
        ] {
            assert_eq!(of(arguments), None, "{arguments}");
        }
    }

    #[test]
    fn what_is_called_otherwise_is_named() {
        let message = of("rustc --crate-name service --extern noprelude:bye=/target/libgraceful-1f.rmeta").unwrap();
        assert_eq!(message, "the dependency `gracefully` has the name `bye` in this crate\nadd the key `crate = bye`");
        let message = of("rustc --extern tokio=/target/libtokio-1f.rlib --extern other=libgraceful_runtime-1.rlib");
        assert!(message.unwrap().starts_with("the library `graceful` is not a dependency of this crate\n"));
    }
}
