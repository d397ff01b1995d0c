//! The time that the pod is granted, from the deletion to SIGKILL.

use crate::yaml::Node;

use super::fields::{At, Fields};

/// `terminationGracePeriodSeconds` of a pod.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Granted {
    /// The field is not set.
    Default,
    Seconds(At<i64>),
    /// The value is not a number, which is another finding.
    Refused,
}

impl Granted {
    pub(crate) fn read(spec: Node<'_>, fields: &mut Fields) -> Self {
        const FIELD: &str = "terminationGracePeriodSeconds";

        match fields.int(spec, FIELD) {
            Some(seconds) => Self::Seconds(seconds),
            None if spec.get(FIELD).is_some() => Self::Refused,
            None => Self::Default,
        }
    }
}
