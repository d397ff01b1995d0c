//! Addresses to listen on.

use std::net::{IpAddr, SocketAddr};

use graceful_core::address::{self, EXAMPLE};
use proc_macro2::TokenStream;
use quote::quote;
use syn::Result;

use crate::value::Value;

impl Value {
    /// An IP address with a port. Zero is a port: the system then chooses one.
    pub(crate) fn address(&self) -> Result<SocketAddr> {
        let quoted = self.quoted_address();
        let example = if quoted.is_none() { format!(", such as `\"{EXAMPLE}\"`") } else { String::new() };
        let text = self.string_or(&format!("an address in quotes{example}"), quoted)?.value();
        address::parse_without_scope(&text).map_err(|error| self.error(error))
    }

    /// The address in quotes, if the value is an address without them.
    fn quoted_address(&self) -> Option<String> {
        let text: String = self.text().split_whitespace().collect();
        let address = match address::parse_without_scope(&text) {
            Ok(address) => address,
            Err(error) => error.meant()?,
        };
        Some(format!("\"{address}\""))
    }
}

/// The expression of an address.
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
            ("8081", "expected an address with a port, did you mean `0.0.0.0:8081`?"),
            ("[fe80::1%2]:8081", "expected an address without a scope, did you mean `[fe80::1]:8081`?"),
        ] {
            assert_eq!(parse(&format!("{text:?}")), Err(message.to_owned()), "{text}");
        }
    }
}
