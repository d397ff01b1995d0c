//! Opens the sockets that its arguments name, one after another, and says what became of each.
//!
//! An argument is `KIND:NAME:ADDRESS`, or `ready`, or `child`, which says what a child process has inherited.

use std::env;
use std::fmt::Debug;
use std::io::Result;
use std::process::Command;

use graceful::sockets;
use graceful_process_tests::inside::{log, say};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, UnixListener};

#[graceful::main]
async fn main() -> Result<()> {
    log();
    let mut listeners = Vec::new();
    for argument in env::args().skip(1) {
        match argument.splitn(3, ':').collect::<Vec<_>>()[..] {
            ["tcp", name, address] => {
                let opened = sockets::tcp(name, address).await;
                tell(name, &opened, |listener| listener.local_addr());
                if let Ok(listener) = opened {
                    tokio::spawn(serve(listener));
                }
            }
            ["unix", name, path] => {
                let opened = sockets::unix(name, path).await;
                tell(name, &opened, |listener: &UnixListener| listener.local_addr());
                listeners.extend(opened);
            }
            ["udp", name, address] => {
                let opened = sockets::udp(name, address).await;
                tell(name, &opened, |socket| socket.local_addr());
            }
            ["recorded"] => {
                tell("recorded", &sockets::tcp!("recorded", "127.0.0.1:0").await, |_| Ok(()));
                let address = "127.0.0.1:0";
                tell("expression", &sockets::udp!("expression", address).await, |_| Ok(()));
            }
            ["ready"] => graceful::ready(),
            ["child"] => {
                let child = Command::new("sh").args(["-c", "ls -l /proc/self/fd"]).output()?;
                let descriptors = String::from_utf8_lossy(&child.stdout);
                say(format!("child: {} sockets", descriptors.matches("socket:").count()));
            }
            _ => panic!("{argument}"),
        }
    }
    say("main");
    graceful::shutdown_requested().await;
    Ok(())
}

fn tell<S, A: Debug>(name: &str, opened: &Result<S>, address: impl FnOnce(&S) -> Result<A>) {
    match opened {
        Ok(socket) => say(format!("{name}: {:?}", address(socket).expect("an address"))),
        Err(error) => say(format!("{name}: {:?}: {error}", error.kind())),
    }
}

async fn serve(listener: TcpListener) {
    while let Ok((mut connection, _)) = listener.accept().await {
        let _ = connection.write_all(b"hello").await;
    }
}
