//! What compiles, and what the compiler says of the rest.
//!
//! rustc's own words drift between versions: the `.stderr` files are those of Rust 1.95.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/fail/*.rs");
    // What is an error depends on whether the feature is there: with others in the workspace it may be.
    if cfg!(feature = "probes") {
        cases.pass("tests/ui/pass_with_probes/*.rs");
        cases.compile_fail("tests/ui/fail_with_probes/*.rs");
    } else {
        cases.compile_fail("tests/ui/fail_without_probes/*.rs");
    }
}
