#[graceful::test]
async fn ends() {}

fn main() {}
