//! A file of tests that mentions the library has the library's handlers, and its own.

#[graceful::on_shutdown]
fn of_the_test() {}

#[test]
fn it_has_both() {
    assert_eq!(linkage_kinds::handlers(), ["close", "of_the_test"]);
}
