//! Addresses to listen on.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// An address that is proposed.
pub const EXAMPLE: &str = "0.0.0.0:8081";

/// The port that is proposed.
const DEFAULT_PORT: u16 = 8081;

/// Reads an IP address with a port. Zero is a port: the system then chooses one.
///
/// # Errors
///
/// When the text is something else.
pub fn parse(text: &str) -> Result<SocketAddr, AddressError> {
    text.parse().map_err(|_| AddressError::new(text))
}

/// Reads an address that holds on every machine: without the number of a network interface.
///
/// # Errors
///
/// When the text is something else.
pub fn parse_without_scope(text: &str) -> Result<SocketAddr, AddressError> {
    match parse(text)? {
        SocketAddr::V6(address) if address.scope_id() != 0 => {
            let meant = SocketAddr::new(IpAddr::V6(*address.ip()), address.port());
            Err(AddressError { expected: "an address without a scope", meant: Some(meant) })
        }
        address => Ok(address),
    }
}

/// Why a text is not an address.
///
/// Its `Display` is a sentence with what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressError {
    expected: &'static str,
    meant: Option<SocketAddr>,
}

impl AddressError {
    fn new(text: &str) -> Self {
        let compact: String = text.split_whitespace().collect();
        let bare = compact.split_once("://").map_or(&*compact, |(_, behind)| behind);
        let address = bare.split_once('/').map_or(bare, |(address, _)| address);
        let expected = if bare != compact {
            "an address, not a URL"
        } else if address != bare {
            "an address without a path"
        } else if compact != text && compact.parse::<SocketAddr>().is_ok() {
            "an address without spaces"
        } else {
            expected(address)
        };
        Self { expected, meant: meant(address) }
    }

    /// What the text most likely stands for.
    #[must_use]
    pub fn meant(&self) -> Option<SocketAddr> {
        self.meant
    }
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.meant {
            Some(meant) => write!(f, "expected {}, did you mean `{meant}`?", self.expected),
            None => write!(f, "expected {}, such as `{EXAMPLE}`", self.expected),
        }
    }
}

impl std::error::Error for AddressError {}

fn expected(address: &str) -> &'static str {
    let (host, port) = split(address);
    if !is_number(port) {
        "a number as the port"
    } else if !port.is_empty() && port.parse::<u16>().is_err() {
        "a port of at most 65535"
    } else if address.parse::<Ipv6Addr>().is_ok() {
        "an IPv6 address in brackets, with a port"
    } else if host.is_empty() || port.is_empty() && ip(host).is_some() && !is_name(host) {
        "an address with a port"
    } else if host.parse::<Ipv6Addr>().is_ok() {
        "an IPv6 address in brackets"
    } else if is_name(host) {
        "an IP address, not a host name"
    } else {
        "an IP address with a port"
    }
}

/// What a person means by it.
fn meant(address: &str) -> Option<SocketAddr> {
    if address.is_empty() {
        return None;
    }
    let (host, port) = split(address);
    let port = if port.is_empty() { DEFAULT_PORT } else { port.parse().ok()? };
    Some(SocketAddr::new(ip(host)?, port))
}

/// Host and port, either of which may be empty.
fn split(address: &str) -> (&str, &str) {
    match address.rsplit_once(':') {
        // The last of an IPv6 address looks like a port, too. One digit is hardly meant as one.
        Some((_, last)) if address.parse::<Ipv6Addr>().is_ok() && (last.len() < 2 || !is_number(last)) => (address, ""),
        _ if address.starts_with('[') && address.ends_with(']') => (address, ""),
        Some(host_and_port) => host_and_port,
        None if is_number(address) => ("", address),
        None => (address, ""),
    }
}

fn ip(host: &str) -> Option<IpAddr> {
    match host {
        "" | "*" => Some(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        "localhost" => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        // Of `::8081`.
        ":" => Some(IpAddr::V6(Ipv6Addr::UNSPECIFIED)),
        _ => host.trim_start_matches('[').trim_end_matches(']').parse().ok(),
    }
}

fn is_number(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit())
}

fn is_name(host: &str) -> bool {
    !host.contains([':', '[']) && host.contains(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    fn parse(text: &str) -> Result<String, String> {
        let address = super::parse_without_scope(text);
        address.map(|address| address.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn addresses() {
        for address in ["0.0.0.0:8081", "127.0.0.1:0", "255.255.255.255:65535", "[::]:8081", "[2001:db8::1]:80"] {
            assert_eq!(parse(address), Ok(address.to_owned()));
        }
    }

    #[test]
    fn a_scope_belongs_to_one_machine() {
        assert!(super::parse("[fe80::1%2]:8081").is_ok());
        assert!(super::parse_without_scope("[fe80::1%2]:8081").is_err());
    }

    #[test]
    fn mistakes() {
        for (text, message) in [
            ("", "an address with a port, such as `0.0.0.0:8081`"),
            ("8081", "an address with a port, did you mean `0.0.0.0:8081`?"),
            (":9000", "an address with a port, did you mean `0.0.0.0:9000`?"),
            ("0.0.0.0", "an address with a port, did you mean `0.0.0.0:8081`?"),
            ("127.0.0.1:", "an address with a port, did you mean `127.0.0.1:8081`?"),
            ("[::1]", "an address with a port, did you mean `[::1]:8081`?"),
            ("::", "an IPv6 address in brackets, with a port, did you mean `[::]:8081`?"),
            ("::1", "an IPv6 address in brackets, with a port, did you mean `[::1]:8081`?"),
            ("2001:db8::ff", "an IPv6 address in brackets, with a port, did you mean `[2001:db8::ff]:8081`?"),
            ("::8081", "an IPv6 address in brackets, with a port, did you mean `[::]:8081`?"),
            ("::1:8081", "an IPv6 address in brackets, with a port, did you mean `[::1]:8081`?"),
            (":::8081", "an IPv6 address in brackets, did you mean `[::]:8081`?"),
            ("[fe80::1%2]:8081", "an address without a scope, did you mean `[fe80::1]:8081`?"),
            ("localhost:8081", "an IP address, not a host name, did you mean `127.0.0.1:8081`?"),
            ("localhost", "an IP address, not a host name, did you mean `127.0.0.1:8081`?"),
            ("probes.example.com:80", "an IP address, not a host name, such as `0.0.0.0:8081`"),
            ("*:8081", "an IP address with a port, did you mean `0.0.0.0:8081`?"),
            ("256.0.0.1:8081", "an IP address with a port, such as `0.0.0.0:8081`"),
            ("0.0.0:8081", "an IP address with a port, such as `0.0.0.0:8081`"),
            ("0.0.0.0:http", "a number as the port, such as `0.0.0.0:8081`"),
            ("0.0.0.0:-1", "a number as the port, such as `0.0.0.0:8081`"),
            ("0.0.0.0:65536", "a port of at most 65535, such as `0.0.0.0:8081`"),
            ("99999999999999999999", "a port of at most 65535, such as `0.0.0.0:8081`"),
            (" 0.0.0.0:8081", "an address without spaces, did you mean `0.0.0.0:8081`?"),
            ("0.0.0.0:8081/livez", "an address without a path, did you mean `0.0.0.0:8081`?"),
            ("http://localhost:8081/livez", "an address, not a URL, did you mean `127.0.0.1:8081`?"),
            ("https://example.com", "an address, not a URL, such as `0.0.0.0:8081`"),
            ("/livez", "an address without a path, such as `0.0.0.0:8081`"),
            (":", "an address with a port, did you mean `0.0.0.0:8081`?"),
            ("🦀", "an IP address with a port, such as `0.0.0.0:8081`"),
        ] {
            assert_eq!(parse(text), Err(format!("expected {message}")), "{text}");
        }
    }
}
