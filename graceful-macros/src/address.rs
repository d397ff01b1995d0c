//! Addresses to listen on.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use proc_macro2::TokenStream;
use quote::quote;
use syn::Result;

use crate::value::Value;

const EXAMPLE: &str = "0.0.0.0:8081";

/// Proposed where no port stands.
const DEFAULT_PORT: u16 = 8081;

impl Value {
    /// An IP address with a port. Zero is a port: the system then chooses one.
    pub(crate) fn address(&self) -> Result<SocketAddr> {
        let quoted = self.quoted_address();
        let example = if quoted.is_none() { format!(", such as `\"{EXAMPLE}\"`") } else { String::new() };
        let text = self.string_or(&format!("an address in quotes{example}"), quoted)?.value();
        parse(&text).map_err(|mistake| self.error(mistake.message()))
    }

    /// What has lost its quotes.
    fn quoted_address(&self) -> Option<String> {
        let text: String = self.text().split_whitespace().collect();
        let address = match parse(&text) {
            Ok(address) => address,
            Err(mistake) => mistake.meant?,
        };
        Some(format!("\"{address}\""))
    }
}

/// The expression that makes it.
pub(crate) fn tokens(address: SocketAddr) -> TokenStream {
    let port = address.port();
    match address.ip() {
        IpAddr::V4(ip) => {
            let octets = ip.octets();
            quote!(([#(#octets),*], #port))
        }
        IpAddr::V6(ip) => {
            let segments = ip.segments();
            quote!(([#(#segments),*], #port))
        }
    }
}

/// Why a text is not an address.
struct Mistake {
    expected: &'static str,
    /// What it most likely stands for.
    meant: Option<SocketAddr>,
}

impl Mistake {
    fn message(&self) -> String {
        match self.meant {
            Some(meant) => format!("expected {}, did you mean `{meant}`?", self.expected),
            None => format!("expected {}, such as `{EXAMPLE}`", self.expected),
        }
    }
}

fn parse(text: &str) -> std::result::Result<SocketAddr, Mistake> {
    match text.parse() {
        Ok(SocketAddr::V6(address)) if address.scope_id() != 0 => {
            let meant = SocketAddr::new(IpAddr::V6(*address.ip()), address.port());
            Err(Mistake { expected: "an address without a scope", meant: Some(meant) })
        }
        Ok(address) => Ok(address),
        Err(_) => Err(explain(text)),
    }
}

fn explain(text: &str) -> Mistake {
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
    Mistake { expected, meant: meant(address) }
}

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
    use super::*;

    fn parse(value: &str) -> std::result::Result<String, String> {
        let address = Value::new("probes", value.parse().unwrap()).address();
        address.map(|address| address.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn addresses() {
        for address in ["0.0.0.0:8081", "127.0.0.1:0", "255.255.255.255:65535", "[::]:8081", "[2001:db8::1]:80"] {
            assert_eq!(parse(&format!("{address:?}")), Ok(address.to_owned()));
        }
    }

    #[test]
    fn expressions() {
        for (address, expected) in [
            ("127.0.0.1:80", "([127u8 , 0u8 , 0u8 , 1u8] , 80u16)"),
            ("[2001:db8::1]:0", "([8193u16 , 3512u16 , 0u16 , 0u16 , 0u16 , 0u16 , 0u16 , 1u16] , 0u16)"),
        ] {
            assert_eq!(tokens(address.parse().unwrap()).to_string(), expected);
        }
    }

    #[test]
    fn without_quotes() {
        for (value, proposal) in [
            ("0.0.0.0:8081", "0.0.0.0:8081"),
            ("[::1]:8081", "[::1]:8081"),
            ("8081", "0.0.0.0:8081"),
            (":8081", "0.0.0.0:8081"),
            ("localhost:8081", "127.0.0.1:8081"),
            ("localhost", "127.0.0.1:8081"),
        ] {
            let message = format!("`probes` expects an address in quotes, did you mean `\"{proposal}\"`?");
            assert_eq!(parse(value), Err(message), "{value}");
        }
        for value in ["80810", "true", "PROBES", "config::PROBES", "([0, 0, 0, 0], 8081)"] {
            let message = "`probes` expects an address in quotes, such as `\"0.0.0.0:8081\"`";
            assert_eq!(parse(value), Err(message.to_owned()), "{value}");
        }
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
            assert_eq!(parse(&format!("{text:?}")), Err(format!("expected {message}")), "{text}");
        }
    }
}
