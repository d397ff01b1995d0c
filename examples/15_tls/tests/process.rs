//! `15_tls` as a process: it does what its comment says, with certificates from a file and with the one that it makes.
#![cfg(unix)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use graceful_process_tests::place::Directory;
use graceful_process_tests::{Program, Signal};
use graceful_server_tests::client::PATIENCE;
use graceful_server_tests::comment::assert_output;
use graceful_server_tests::server::Server;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

fn program() -> Program {
    Program::new(env!("CARGO_BIN_EXE_15_tls"))
}

/// A client that knows this certificate.
fn connect(address: SocketAddr, certificate: CertificateDer<'static>) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate).expect("a certificate");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").expect("a name");
    let stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    StreamOwned::new(ClientConnection::new(Arc::new(config), name).expect("a configuration"), stream)
}

#[test]
fn it_prints_what_its_comment_says() {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).expect("a key");
    let directory = Directory::create();
    let program = program()
        .env("TLS_CERTIFICATES", &directory.write("certificates", &cert.pem()))
        .env("TLS_KEY", &directory.write("key", &signing_key.serialize_pem()));
    let mut server = Server::start(program.at_terminal());
    let mut slow = connect(server.address, cert.der().clone());
    slow.write_all(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("a server that reads");
    server.line("slow request begun");
    server.signal(Signal::SIGINT);
    let mut answer = String::new();
    slow.read_to_string(&mut answer).expect("an answer, and a clean end");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("finished\n"), "{answer}");
    assert_output(include_str!("../src/main.rs"), &server.ends_cleanly());
}

/// Which nobody knows.
#[test]
fn without_files_it_makes_a_certificate() {
    let CertifiedKey { cert, .. } = generate_simple_self_signed(["localhost".to_owned()]).expect("a key");
    let mut server = Server::start(program());
    let refused = connect(server.address, cert.der().clone()).write_all(b"GET").expect_err("a wrong certificate");
    assert!(refused.to_string().contains("invalid peer certificate"), "{refused}");
    server.line("failed: received fatal alert");
}
