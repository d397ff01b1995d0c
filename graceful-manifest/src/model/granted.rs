//! The time that the pod is granted, from the deletion to SIGKILL.

use std::time::Duration;

use crate::grant::{At, Time};
use crate::tree::{Node, Position};

use super::fields::Fields;

/// `terminationGracePeriodSeconds` of a pod, whose `spec` is at this place.
pub(super) fn read(spec: Node<'_>, position: Position, fields: &mut Fields) -> Time {
    const FIELD: &str = "terminationGracePeriodSeconds";

    match fields.int(spec, FIELD) {
        Some(At { value, position }) => {
            // Kubernetes takes a negative number as 1.
            let value = Duration::from_secs(u64::try_from(value).unwrap_or(1));
            Time::Set(At { value, position })
        }
        None if spec.get(FIELD).is_some() => Time::Unknown,
        None => Time::Default(position),
    }
}
