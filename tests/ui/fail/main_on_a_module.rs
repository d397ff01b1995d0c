#[graceful::main]
mod app {}

fn main() {}
