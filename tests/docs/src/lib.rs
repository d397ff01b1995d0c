//! The code of the documents, compiled and run. Here rather than in the package itself, which would have to depend on all
//! that they use.

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
