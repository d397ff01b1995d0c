//! What the compiler says of mistakes, one in each file.
//!
//! rustc's own words change between versions: the `.stderr` files are those of Rust 1.95.

#[test]
fn fail() {
    trybuild::TestCases::new().compile_fail("fail/*.rs");
}
