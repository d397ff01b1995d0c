//! The key `manifest`: the deployment is compared with the program at compile time.

#[cfg(feature = "kubernetes")]
mod read;

use proc_macro2::TokenStream;
use quote::quote;

use super::options::Options;
use crate::errors::Errors;

/// Adds an error at the key's value for each error in the manifest.
pub(super) fn check(options: &Options, errors: &mut Errors) {
    #[cfg(feature = "kubernetes")]
    if let Some(manifest) = &options.manifest {
        read::check(manifest, options, errors);
    }
    #[cfg(not(feature = "kubernetes"))]
    let _ = (options, errors);
}

/// Makes main depend on the file, so that a change of the file compiles main again.
pub(super) fn dependency(options: &Options) -> Option<TokenStream> {
    let path = options.manifest.as_ref()?;
    Some(quote! {
        const _: &[::core::primitive::u8] =
            ::core::include_bytes!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), "/", #path));
    })
}
