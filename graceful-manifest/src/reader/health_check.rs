//! Health checks that a command makes inside the container: what the command requests.

use crate::grant::{At, Grant, IntOrText, Probe, ProbeAction, Question, Remark};
use crate::rule::Rule;
use crate::shell::base;
use crate::tree::Position;

/// Hosts that are the container itself.
const HERE: [&str; 4] = ["localhost", "127.0.0.1", "0.0.0.0", "[::1]"];

/// The programs that take an address without `http://`.
const CLIENTS: [&str; 2] = ["curl", "wget"];

/// Adds a health check, which is the words of a command, or its script.
pub(super) fn add<'t>(
    grant: &mut Grant<'t>,
    position: Position,
    field: &'static str,
    question: Question,
    texts: &[(&'t str, Position)],
) {
    let action = action(texts);
    if matches!(action, ProbeAction::Http { .. }) && ignores_status(texts) {
        let message = format!(
            "the `{field}` does not fail when the program answers that it is not ready: `curl` without `-f` accepts every \
             status"
        );
        let advice = "write `curl -f`".to_owned();
        grant.remarks.push(Remark { rule: Rule::HealthCheckIgnoresStatus, position, message, advice });
    }
    grant.probes.push(Probe { position, question, field, action, from_inside: true, grace: None });
}

fn tokens(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || "'\"`;|&()<>".contains(c))
}

/// The first request to the container itself.
fn action<'t>(texts: &[(&'t str, Position)]) -> ProbeAction<'t> {
    let mut is_client = false;
    for &(text, position) in texts {
        for token in tokens(text) {
            is_client |= CLIENTS.contains(&base(token));
            if let Some(action) = request(token, is_client, position) {
                return action;
            }
        }
    }
    ProbeAction::Other
}

/// Whether curl is the only client, and neither it nor a command after it looks at the status.
///
/// <https://curl.se/docs/manpage.html#-f>
fn ignores_status(texts: &[(&str, Position)]) -> bool {
    let all = || texts.iter().flat_map(|(text, _)| tokens(text));
    let looks = |token: &str| {
        let is_short = token.starts_with('-') && !token.starts_with("--") && token.contains(['f', 'w']);
        is_short || token.starts_with("--fail") || token.starts_with("--write-out")
    };
    let is_processed = |text: &str| text.contains("$(") || text.contains('`') || text.replace("||", "").contains('|');
    all().any(|token| base(token) == "curl")
        && !all().any(|token| base(token) == "wget" || looks(token))
        && !texts.iter().any(|(text, _)| is_processed(text))
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
