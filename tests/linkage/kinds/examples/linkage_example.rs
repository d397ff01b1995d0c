//! An example has the library's handlers, and its own.

#[graceful::main]
async fn main() {
    assert_eq!(linkage_kinds::handlers(), ["close", "of_the_example"]);
}

#[graceful::on_shutdown]
async fn of_the_example() {}

#[test]
fn it_has_both() {
    assert_eq!(linkage_kinds::handlers(), ["close", "of_the_example"]);
}
