#[graceful::test]
#[tokio::test]
async fn ends() {}

fn main() {}
