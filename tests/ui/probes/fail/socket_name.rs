use graceful::sockets;

#[graceful::main]
async fn main() -> std::io::Result<()> {
    let _http = sockets::tcp!("http:1", "0.0.0.0:8080").await?;
    let _control = sockets::unix!("", "/run/app/control.sock").await?;
    let _dns = sockets::udp!("name server", "0.0.0.0:53").await?;
    Ok(())
}
