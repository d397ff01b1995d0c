//! The key `manifest`: the deployment is held against the program while that is compiled.

#[cfg(feature = "kubernetes")]
mod read;

use proc_macro2::TokenStream;
use quote::quote;

use super::options::Options;
use crate::errors::Errors;

/// An error at the literal for each one that the manifest has.
pub(super) fn check(options: &Options, errors: &mut Errors) {
    #[cfg(feature = "kubernetes")]
    if let Some(manifest) = &options.manifest {
        read::check(manifest, options, errors);
    }
    #[cfg(not(feature = "kubernetes"))]
    let _ = (options, errors);
}

/// Names the file to the compiler, so that a change of it compiles main anew.
pub(super) fn dependency(options: &Options) -> Option<TokenStream> {
    let path = options.manifest.as_ref()?;
    Some(quote! {
        const _: &[::core::primitive::u8] =
            ::core::include_bytes!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), "/", #path));
    })
}
