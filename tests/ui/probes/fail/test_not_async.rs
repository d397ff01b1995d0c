#[graceful::test]
fn ends() {
    graceful::request_shutdown();
}

fn main() {}
