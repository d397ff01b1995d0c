use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::program::work;

#[tokio::test]
async fn a_connection_that_was_accepted_is_in_flight_until_the_next_accept() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut listener = handshake(listener, async |client: TcpStream| Ok(client));
    let _client = TcpStream::connect(address).await.unwrap();
    let _accepted = listener.accept().await;
    assert_eq!(work().counts().connections, 1, "nobody else has counted it yet");
    assert!(timeout(Duration::ZERO, listener.accept()).await.is_err());
    assert_eq!(work().counts().connections, 0);
}
