#[graceful::main(plan_test = "false")]
async fn main() {}
