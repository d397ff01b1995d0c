//! What compiles, and what the compiler says of the rest.
//!
//! rustc's own words drift between versions: the `.stderr` files are those of Rust 1.95.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/fail/*.rs");
}
