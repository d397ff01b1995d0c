#[graceful::main]
const fn main() {}
