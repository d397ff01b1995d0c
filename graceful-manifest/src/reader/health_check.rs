//! Health checks that a command makes inside the container: what the command requests.

use crate::grant::{At, IntOrText, ProbeAction};
use crate::tree::Position;

/// Hosts that are the container itself.
const HERE: [&str; 4] = ["localhost", "127.0.0.1", "0.0.0.0", "[::1]"];

/// The programs that take an address without `http://`.
const CLIENTS: [&str; 2] = ["curl", "wget"];

/// The first request to the container itself in the words of a command, or in its script.
pub(super) fn action<'t>(texts: impl Iterator<Item = (&'t str, Position)>) -> ProbeAction<'t> {
    let mut is_client = false;
    for (text, position) in texts {
        for token in text.split(|c: char| c.is_whitespace() || "'\"`;|&()<>".contains(c)) {
            is_client |= CLIENTS.contains(&token.rsplit('/').next().unwrap_or(token));
            if let Some(action) = request(token, is_client, position) {
                return action;
            }
        }
    }
    ProbeAction::Other
}

fn request(token: &str, is_client: bool, position: Position) -> Option<ProbeAction<'_>> {
    let (is_https, default, address) = match (token.strip_prefix("http://"), token.strip_prefix("https://")) {
        (Some(address), _) => (false, 80, address),
        (_, Some(address)) => (true, 443, address),
        _ if is_client => (false, 80, token),
        _ => return None,
    };
    let after = HERE.iter().find_map(|host| address.strip_prefix(host))?;
    let (port, path) = after.split_at(after.find('/').unwrap_or(after.len()));
    let port = match port.strip_prefix(':') {
        Some(port) => port.parse::<u16>().ok()?.into(),
        None if port.is_empty() => default,
        None => return None,
    };
    // A variable of the shell.
    if path.contains('$') {
        return None;
    }
    let path = At { value: if path.is_empty() { "/" } else { path }, position };
    let port = At { value: IntOrText::Int(port), position };
    Some(ProbeAction::Http { path, port, is_https, has_host: false })
}
