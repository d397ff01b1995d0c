#[graceful::main]
async fn main() {
    let _port: u16 = "80".parse()?;
}
