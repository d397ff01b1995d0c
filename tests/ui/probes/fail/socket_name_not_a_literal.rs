use graceful::sockets;

const NAME: &str = "http";

#[graceful::main]
async fn main() -> std::io::Result<()> {
    let _http = sockets::tcp!(NAME, "0.0.0.0:8080").await?;
    let _control = sockets::unix!("control").await?;
    let _dns = sockets::udp!().await?;
    Ok(())
}
