//! The readers: each makes grants from the files of one platform.

pub(crate) mod kubernetes;
mod kustomization;
