//! preStop of a container.

use std::time::Duration;

use crate::grant::{At, PreStop};
use crate::tree::Node;

use super::fields::Fields;

pub(super) fn read(lifecycle: Node<'_>, fields: &mut Fields) -> Option<At<PreStop>> {
    let (key, node) = lifecycle.entry("preStop")?;
    fields.one_of(node, &["exec", "httpGet", "sleep", "tcpSocket"]);
    let value = if let Some(sleep) = node.get("sleep") {
        let seconds = fields.count(sleep, "seconds").map_or(0, |seconds| seconds.value);
        PreStop::sleep(Duration::from_secs(seconds))
    } else if let Some(exec) = node.get("exec") {
        PreStop::command(&fields.texts(exec, "command"))
    } else if node.get("httpGet").or_else(|| node.get("tcpSocket")).is_some() {
        PreStop::request()
    } else {
        return None;
    };
    Some(At { value, position: key.position() })
}
