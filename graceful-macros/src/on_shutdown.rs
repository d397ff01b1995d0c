//! `#[on_shutdown]`

mod expand;
mod options;
mod order;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::quote;

use self::options::Options;
use crate::errors::Errors;
use crate::item_fn::ItemFn;
use crate::renamed;

pub(crate) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = Options::parse(args, &mut errors);
    let Some(mut function) = errors.check(ItemFn::parse(item.clone(), "a shutdown handler")) else {
        return quote!(#item #errors);
    };
    function.check_registrable("on_shutdown", &mut errors);
    order::check(&function.sig.ident, &options, &mut errors);
    renamed::check(options.krate.as_ref(), &mut errors);
    if !errors.is_empty() {
        return quote!(#function #errors);
    }
    let registration = expand::registration(&function, &options);
    quote!(#function #registration)
}
