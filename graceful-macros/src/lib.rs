//! The attributes of the package [`gracefully`](https://docs.rs/gracefully). Depend on that package.

mod address;
mod args;
mod duration;
mod errors;
mod expand;
mod health_check;
mod item_fn;
mod main_attr;
mod on_shutdown;
mod registered;
mod renamed;
mod returned;
mod runtime;
mod test_attr;
#[cfg(test)]
mod tests;
mod value;

use proc_macro::TokenStream;

// The examples need the crate that needs this one: tests/docs compiles and runs them.

#[cfg_attr(not(doctest), doc = include_str!("../docs/main.md"))]
#[proc_macro_attribute]
pub fn main(args: TokenStream, item: TokenStream) -> TokenStream {
    main_attr::expand(args.into(), item.into()).into()
}

#[cfg_attr(not(doctest), doc = include_str!("../docs/on_shutdown.md"))]
#[proc_macro_attribute]
pub fn on_shutdown(args: TokenStream, item: TokenStream) -> TokenStream {
    on_shutdown::expand(args.into(), item.into()).into()
}

#[cfg_attr(not(doctest), doc = include_str!("../docs/health_check.md"))]
#[proc_macro_attribute]
pub fn health_check(args: TokenStream, item: TokenStream) -> TokenStream {
    health_check::expand(args.into(), item.into()).into()
}

#[cfg_attr(not(doctest), doc = include_str!("../docs/test.md"))]
#[proc_macro_attribute]
pub fn test(args: TokenStream, item: TokenStream) -> TokenStream {
    test_attr::expand(args.into(), item.into()).into()
}
