//! Kustomizations and their patches, which are no complete objects.

use crate::error::{ErrorKind, Failure};
use crate::format::File;
use crate::grant::label;
use crate::model::Object;
use crate::shell::base;
use crate::text::escape;
use crate::tree::Node;

/// The kinds of apps/v1 whose objects need a `selector`.
const SELECTING: [&str; 4] = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"];

/// The error about an object that only kustomize can read.
pub(super) fn refused(file: &File<'_>, object: &Object<'_>) -> Option<Failure> {
    let is_of_apps = object.node.get("apiVersion").and_then(Node::text) == Some("apps/v1");
    let lacks_selector = object.node.at(&["spec", "selector"]).is_none();
    let what = if object.group == "kustomize.config.k8s.io" {
        format!("a {}", escape(object.kind))
    } else if is_of_apps && SELECTING.contains(&object.kind) && lacks_selector {
        let object = label(object.kind, object.name());
        format!("{object} has no `selector`, which Kubernetes requires: a patch")
    } else {
        return None;
    };
    Some(failure(file, &what).at(object.node.position()))
}

/// The error about a file that has the name of a kustomization. It need not say its kind.
pub(super) fn refused_name(file: &File<'_>) -> Option<Failure> {
    let is_one = matches!(base(file.source.name), "kustomization.yaml" | "kustomization.yml" | "Kustomization");
    let first = file.tree.documents().next().filter(|_| is_one)?;
    Some(failure(file, "a Kustomization").at(first.position()))
}

fn failure(file: &File<'_>, what: &str) -> Failure {
    let folder = file.source.name.rsplit_once('/').map_or(".", |(folder, _)| folder);
    let message = format!(
        "{what} must be built before the check: `kustomize build {} | cargo graceful check BINARY -f -`",
        escape(folder)
    );
    Failure::new(ErrorKind::Kustomization, message)
}
