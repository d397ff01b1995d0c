//! An address of one's own.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below those that the kernel gives to outgoing connections: one of these could have the port just when the replacement
/// wants it.
const FIRST_PORT: u16 = 12_000;
const PORTS: u16 = 20_000;

/// An address that nobody has, and nobody else in this process gets.
pub(crate) fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);

    // Two processes that run the tests at the same time begin at different ports.
    let begin = process::id() * 61 % u32::from(PORTS);
    loop {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        assert!(step < PORTS, "no port is free");
        let port = (begin + u32::from(step)) % u32::from(PORTS);
        let port = FIRST_PORT + u16::try_from(port).expect("less than PORTS");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}
