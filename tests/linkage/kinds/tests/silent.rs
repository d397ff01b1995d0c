//! A file of tests that doesn't mention the library has its own handlers only.

#[graceful::on_shutdown]
fn of_the_test() {}

#[test]
fn it_has_its_own() {
    let plan = graceful::plan();
    let names: Vec<_> = plan.handlers().iter().map(|handler| handler.name()).collect();
    assert_eq!(names, ["of_the_test"]);
}
