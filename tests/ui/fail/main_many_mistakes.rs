#[graceful::main(grace = "30", lame_duck = 5, signals = [SIGTREM], name)]
async fn main(args: Vec<String>) {}
