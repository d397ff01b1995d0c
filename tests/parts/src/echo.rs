//! A TCP server that says goodbye to its clients.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[graceful::main]
pub(crate) async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on {}", listener.local_addr()?);
    while let Some(accepted) = graceful::until_drain(listener.accept()).await {
        let (client, _) = accepted?;
        graceful::spawn(serve(client));
    }
    Ok(())
}

async fn serve(mut client: TcpStream) {
    let result = match graceful::until_drain(echo(&mut client)).await {
        Some(result) => result,
        None => say_goodbye(&mut client).await,
    };
    match result {
        Ok(()) => println!("connection closed"),
        Err(error) => println!("connection failed: {error}"),
    }
}

async fn echo(client: &mut TcpStream) -> io::Result<()> {
    client.write_all(b"Hello!\r\n").await?;
    let mut buffer = [0; 256];
    loop {
        let bytes = match client.read(&mut buffer).await? {
            0 => return Ok(()),
            read => &mut buffer[..read],
        };
        bytes.make_ascii_uppercase();
        client.write_all(bytes).await?;
    }
}

async fn say_goodbye(client: &mut TcpStream) -> io::Result<()> {
    client.write_all(b"Goodbye.\r\n").await?;
    client.shutdown().await
}
