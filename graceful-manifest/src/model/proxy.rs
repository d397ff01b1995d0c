//! Proxies that carry the program's traffic, and end before the program.

use crate::grant::Remark;
use crate::rule::Rule;
use crate::shell::base;
use crate::text::quote;
use crate::tree::{Node, Position};

use super::workload::{Candidate, Workload};

/// The names of proxies' containers, and of their images.
const PROXIES: [&str; 10] = [
    "istio-proxy",
    "proxyv2",
    "linkerd-proxy",
    "envoy",
    "cloud-sql-proxy",
    "gce-proxy",
    "consul-dataplane",
    "kuma-sidecar",
    "kuma-dp",
    "daprd",
];

/// The finding about a proxy beside the container that gets its stop signal at the same time.
pub(super) fn ends_first(workload: &Workload<'_>, container: Candidate<'_>) -> Option<Remark> {
    if container.sidecar || is_proxy(container) {
        return None;
    }
    // A proxy with a preStop ends when that says so.
    let is_stopped_with_it = |other: &Candidate<'_>| {
        !other.sidecar && is_proxy(*other) && other.node.at(&["lifecycle", "preStop"]).is_none()
    };
    let proxy = workload.candidates().find(is_stopped_with_it)?;
    let advice = "make it a sidecar, which ends after the program: an init container with `restartPolicy: Always`";
    Some(proxy_ends_first(proxy.name, proxy.node.position(), advice.to_owned()))
}

/// The finding about a proxy that gets its stop signal together with the program.
pub(crate) fn proxy_ends_first(name: &str, position: Position, advice: String) -> Remark {
    let message = format!(
        "the proxy {} gets its stop signal together with the program and may end first, while the program still drains and \
         its handlers still use the network",
        quote(name)
    );
    Remark { rule: Rule::ProxyEndsFirst, position, message, advice }
}

fn is_proxy(container: Candidate<'_>) -> bool {
    is_proxy_of(container.name, container.node.get("image").and_then(Node::text).unwrap_or_default())
}

/// Whether a container of this name and image is a proxy.
pub(crate) fn is_proxy_of(name: &str, image: &str) -> bool {
    let image = base(image).split([':', '@']).next().unwrap_or_default();
    PROXIES.contains(&name) || PROXIES.contains(&image)
}
