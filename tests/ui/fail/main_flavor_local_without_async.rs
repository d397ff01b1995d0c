#[graceful::main(flavor = "local")]
fn main() {}
