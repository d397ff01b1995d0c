//! The time that the pod is granted, from the deletion to SIGKILL.

use std::time::Duration;

use crate::grant::{At, Time};

use super::fields::Fields;
use super::workload::Workload;

/// The time under this key in the spec of the pod.
pub(super) fn read(workload: &Workload<'_>, key: &'static str, fields: &mut Fields) -> Time {
    match fields.int(workload.spec, key) {
        Some(At { value, position }) => {
            // Kubernetes takes a negative number as 1.
            let value = Duration::from_secs(u64::try_from(value).unwrap_or(1));
            Time::Set(At { value, position })
        }
        None if workload.spec.get(key).is_some() => Time::Unknown,
        None => Time::Default(workload.spec_position),
    }
}
