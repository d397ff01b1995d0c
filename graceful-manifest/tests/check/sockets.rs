//! The findings in socket units of systemd.

use graceful_manifest::{Check, Program, Rule, Socket, SocketKind};

use crate::cases::{program, sources};
use crate::files::{findings, found};

fn taking(sockets: &[(&str, SocketKind)]) -> Program {
    let sockets = sockets.iter().map(|&(name, kind)| Socket { name: name.to_owned(), kind }).collect();
    Program { sockets, ..program() }
}

fn http() -> Program {
    taking(&[("http", SocketKind::Tcp)])
}

const SERVICE: (&str, &str) = ("api.service", "[Service]\nSuccessExitStatus=143\n");
const TEMPLATE: (&str, &str) =
    ("api@.service", "[Service]\nSuccessExitStatus=143\nSockets=api.socket\nNonBlocking=on\n");
const SOCKET: &str = "[Socket]\nListenStream=8080\nFileDescriptorName=http\n";

/// The findings with a socket unit of this text.
fn with(program: &Program, socket: &str, service: (&str, &str)) -> Vec<(usize, Rule)> {
    found(program, &[("api.socket", socket), service])
}

fn lines(program: &Program, files: &[(&str, &str)]) -> Vec<String> {
    findings(program, files).iter().map(ToString::to_string).collect()
}

#[test]
fn units_that_fit() {
    for (socket, service) in [
        (SOCKET.to_owned(), SERVICE),
        (SOCKET.to_owned(), TEMPLATE),
        (format!("{SOCKET}Service=api@a.service\n"), TEMPLATE),
        (format!("{SOCKET}Service=web.service\n"), TEMPLATE),
        (format!("{SOCKET}Accept=no\n"), SERVICE),
        (SOCKET.replace("8080", "[::]:80"), SERVICE),
        // What it stands for is not known.
        (SOCKET.replace("8080", "%t/api"), SERVICE),
        (SOCKET.replace("=http", "=%p"), SERVICE),
        (SOCKET.replace("=http", "=%p").replace("8080", "%t/api"), SERVICE),
        (SOCKET.replace("=http", "=%p") + "Service=%i.service\n", SERVICE),
        // The first name does not count, nor does an address before an empty one.
        (format!("[Socket]\nFileDescriptorName=web\nListenDatagram=1\nListenStream=\n{SOCKET}"), SERVICE),
    ] {
        assert_eq!(with(&http(), &socket, service), [], "{socket}");
    }
    // Of several, each has its unit.
    let both = taking(&[("http", SocketKind::Tcp), ("admin", SocketKind::Unix)]);
    let admin = ("admin.socket", "[Socket]\nListenStream=/run/admin\nFileDescriptorName=admin\nService=api.service\n");
    assert_eq!(found(&both, &[SERVICE, ("api.socket", SOCKET), admin]), []);
    let template =
        ("api@.service", "[Service]\nSuccessExitStatus=143\nSockets=%p.socket \\\n  admin.socket\nNonBlocking=1\n");
    assert_eq!(found(&both, &[template, ("api.socket", SOCKET), admin]), []);
    // One socket has two places in the source.
    let twice = taking(&[("http", SocketKind::Tcp), ("http", SocketKind::Tcp)]);
    assert_eq!(with(&twice, SOCKET, SERVICE), []);
}

/// The mode of a socket is one for all who have it.
#[test]
fn instances_that_block_each_other() {
    let template = TEMPLATE.1.replace("NonBlocking=on\n", "");
    for (name, text, hangs) in [
        ("api@.service", template.clone(), true),
        ("api@.service", template.clone() + "NonBlocking=no\n", true),
        ("api@.service", template.replace("Sockets=api.socket", "Sockets="), false),
        // Only one of it runs.
        ("api.service", template, false),
    ] {
        let found = with(&http(), &format!("{SOCKET}Service=api@a.service\n"), (name, &text));
        assert_eq!(found.contains(&(1, Rule::BlockingSocket)), hangs, "{text}: {found:?}");
    }
}

/// A program may take a socket without a record of it, and bind by itself.
#[test]
fn without_records_or_units_nothing_is_found() {
    for wrong in
        ["ListenStream=8080\n", "ListenStream=8080\nAccept=yes\n", "ListenFIFO=/run/api\nService=web.service\n"]
    {
        assert_eq!(with(&program(), &format!("[Socket]\n{wrong}"), TEMPLATE), [], "{wrong}");
    }
    assert_eq!(found(&http(), &[TEMPLATE]), []);
}

/// The name of the unit is the default, and the usual mistake.
#[test]
fn another_name() {
    let socket = SOCKET.replace("FileDescriptorName=http\n", "");
    assert_eq!(
        lines(&http(), &[SERVICE, ("api.socket", &socket)]),
        [
            "api.socket:1:1: warning: unit/api.service: the unit passes its sockets as `api.socket`, the default, but the program \
             takes `http`; write `FileDescriptorName=http` [unknown-socket]"
        ]
    );
    let web = SOCKET.replace("=http", "=web");
    assert_eq!(with(&http(), &web, SERVICE), [(3, Rule::UnknownSocket)]);
    let both = taking(&[("admin", SocketKind::Tcp), ("http", SocketKind::Tcp), ("log", SocketKind::Udp)]);
    assert_eq!(
        lines(&both, &[("api.socket", &web), SERVICE]),
        [
            "api.socket:3:1: warning: unit/api.service: the unit passes its sockets as `web`, but the program takes `admin`, `http` \
             and `log`; write `FileDescriptorName=` and one of `admin` and `http` [unknown-socket]",
            "api.service:1:1: warning: unit/api.service: no socket unit passes `log`, so the program binds its address, which a \
             second instance cannot; add a socket unit with `FileDescriptorName=log` [socket-not-passed]",
        ]
    );
    // Nothing is missing.
    let more = ("metrics.socket", "[Socket]\nListenStream=9090\nService=api.service\n");
    assert_eq!(
        lines(&http(), &[SERVICE, ("api.socket", SOCKET), more]),
        [
            "metrics.socket:1:1: warning: unit/api.service: the unit passes its sockets as `metrics.socket`, the default, but the \
             program takes `http`; remove the unit, or take its sockets with `graceful::sockets` [unknown-socket]"
        ]
    );
    // A unit of another kind of socket is not meant.
    let udp = SOCKET.replace("Stream", "Datagram").replace("=http", "=log");
    assert_eq!(with(&http(), &udp, SERVICE), [(3, Rule::UnknownSocket), (1, Rule::SocketNotPassed)]);
}

#[test]
fn another_service() {
    let socket = format!("{SOCKET}Service=web.service\n");
    assert_eq!(
        lines(&http(), &[SERVICE, ("api.socket", &socket)]),
        [
            "api.service:1:1: warning: unit/api.service: `api.socket` passes the socket `http` to `web.service`, and not to this \
             service; write `Sockets=api.socket` [socket-not-passed]"
        ]
    );
    // A template has no socket unit of its name.
    let template = ("api@.service", "[Service]\nSuccessExitStatus=143\n");
    assert_eq!(with(&http(), SOCKET, template), [(1, Rule::SocketNotPassed)]);
    let instance = format!("{SOCKET}Service=api@a.service\n");
    assert_eq!(
        lines(&http(), &[template, ("api.socket", &instance)]),
        [
            "api@.service:1:1: warning: unit/api@.service: of the instances of this service only `a` gets the sockets of \
             `api.socket`; write `Sockets=api.socket` [socket-not-passed]"
        ]
    );
    // Another service's unit is not compared with the program.
    let other = ("web.socket", "[Socket]\nListenDatagram=53\n");
    assert_eq!(found(&http(), &[SERVICE, ("api.socket", SOCKET), other]), []);
    // A specifier that is not known.
    for service in ["%i.service", "api@%j.service"] {
        assert_eq!(with(&http(), &format!("{SOCKET}Service={service}\n"), SERVICE), [], "{service}");
    }
    assert_eq!(with(&http(), &socket, ("api@.service", "[Service]\nSuccessExitStatus=143\nSockets=%i.socket\n")), []);
}

#[test]
fn another_type() {
    assert_eq!(
        lines(&http(), &[SERVICE, ("api.socket", &SOCKET.replace("Stream", "Datagram"))]),
        ["api.socket:2:1: error: unit/api.service: the program takes this socket with `graceful::sockets::tcp`, but \
             `ListenDatagram` passes a UDP socket; write `ListenStream=8080` [socket-type]"]
    );
    for (kind, listen, advice) in [
        (SocketKind::Tcp, "ListenStream=/run/api", "a Unix listener; write `ListenStream=` and a port"),
        (SocketKind::Tcp, "ListenStream=vsock::80", "another kind of socket; write `ListenStream=` and a port"),
        (SocketKind::Tcp, "ListenFIFO=/run/api", "another kind of socket; write `ListenStream=` and a port"),
        (SocketKind::Unix, "ListenStream=80", "a TCP listener; write `ListenStream=` and a path"),
        (SocketKind::Unix, "ListenSequentialPacket=@api", "another kind of socket; write `ListenStream=@api`"),
        (SocketKind::Unix, "ListenDatagram=/run/api", "another kind of socket; write `ListenStream=/run/api`"),
        (SocketKind::Udp, "ListenStream=53", "a TCP listener; write `ListenDatagram=53`"),
        (SocketKind::Udp, "ListenDatagram=/run/api", "another kind of socket; write `ListenDatagram=` and a port"),
    ] {
        let socket = SOCKET.replace("ListenStream=8080", listen);
        let found = lines(&taking(&[("http", kind)]), &[("api.socket", &socket), SERVICE]);
        assert!(found.len() == 1 && found[0].contains(advice), "{listen}: {found:?}");
    }
    // Each address is compared.
    let two = format!("{SOCKET}ListenStream=[::1]:8080\nListenDatagram=8080\n");
    assert_eq!(with(&http(), &two, SERVICE), [(5, Rule::SocketType)]);
    // Both are taken under the name.
    let both = taking(&[("http", SocketKind::Tcp), ("http", SocketKind::Udp)]);
    assert_eq!(with(&both, &two, SERVICE), []);
}

#[test]
fn connections_instead_of_listeners() {
    let accept = format!("{SOCKET}Accept=yes\n");
    for service in [SERVICE, TEMPLATE, ("api@.service", "[Service]\nSuccessExitStatus=143\n")] {
        assert_eq!(with(&http(), &accept, service), [(4, Rule::SocketType)], "{service:?}");
    }
    let unnamed = accept.replace("FileDescriptorName=http\n", "");
    assert_eq!(with(&http(), &unnamed, TEMPLATE), [(3, Rule::SocketType)]);
    // It has no meaning for datagrams.
    let udp = accept.replace("Stream", "Datagram");
    assert_eq!(with(&taking(&[("http", SocketKind::Udp)]), &udp, TEMPLATE), []);
}

#[test]
fn drop_ins_of_socket_units() {
    let unnamed = SOCKET.replace("FileDescriptorName=http\n", "");
    for folder in ["api.socket.d", "socket.d"] {
        let name = format!("{folder}/name.conf");
        let drop_in = (&*name, "[Socket]\nFileDescriptorName=http\n");
        assert_eq!(found(&http(), &[SERVICE, drop_in, ("api.socket", &unnamed)]), [], "{folder}");
    }
    // That of another kind of unit.
    let other = ("service.d/name.conf", "[Socket]\nFileDescriptorName=http\n");
    assert_eq!(found(&http(), &[SERVICE, other, ("api.socket", &unnamed)]), [(1, Rule::UnknownSocket)]);
}

#[test]
fn a_comment_allows_a_finding_in_its_own_file() {
    let socket = format!("# graceful: allow unknown-socket: taken by a call\n{SOCKET}").replace("=http", "=web");
    let more = ("http.socket", "[Socket]\nListenStream=80\nFileDescriptorName=http\nService=api.service\n");
    let program = http();
    let outcome = Check::new(&program).run(&sources(&[SERVICE, ("api.socket", &socket), more])).unwrap();
    assert_eq!((outcome.findings, outcome.allowed.len()), (vec![], 1));
}
