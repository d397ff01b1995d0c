//! Which handlers each kind of binary has: the library's own come with it, into its unit tests, into the tests and
//! examples that mention it, and into its doctests.

#[graceful::on_shutdown]
async fn close() {}

/// The names of all handlers that are linked.
///
/// ```standalone_crate
/// #[graceful::on_shutdown]
/// fn of_the_doctest() {}
///
/// fn main() {
///     assert_eq!(linkage_kinds::handlers(), ["close", "of_the_doctest"]);
/// }
/// ```
pub fn handlers() -> Vec<String> {
    let mut names: Vec<String> = graceful::plan().handlers().iter().map(|handler| handler.name().to_owned()).collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    #[graceful::on_shutdown]
    fn of_the_unit_tests() {}

    #[test]
    fn a_unit_test_has_the_crates_and_its_own() {
        assert_eq!(super::handlers(), ["close", "tests::of_the_unit_tests"]);
    }
}
