#[graceful::main(lame_dukc = "5s")]
async fn main() {}
