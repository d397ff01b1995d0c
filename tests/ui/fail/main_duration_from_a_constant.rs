#[graceful::main(grace_period = GRACE_PERIOD)]
async fn main() {}

const GRACE_PERIOD: &str = "30s";
