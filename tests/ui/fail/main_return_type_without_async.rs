#[graceful::main]
fn main() -> Vec<u8> {
    Vec::new()
}
