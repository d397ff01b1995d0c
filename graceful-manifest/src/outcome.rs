//! The outcome of a check.

use crate::check::Source;
use crate::finding::Finding;
use crate::format::Skip;
use crate::grant::Grant;

/// The outcome of a check: what was found, what was checked, and what was not.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// The findings, in the order of the sources, and within a source in the order of their places.
    pub findings: Vec<Finding>,
    /// The findings that are allowed on purpose.
    pub allowed: Vec<Allowed>,
    /// The processes that were compared with the program.
    pub checked: Vec<Checked>,
    /// The objects that were not looked at.
    pub skipped: Vec<Skipped>,
}

/// A finding that is allowed on purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Allowed {
    /// The finding.
    pub finding: Finding,
    /// The reason that the file gives. `None` if [`Check::allow`](crate::Check::allow) allows it.
    pub reason: Option<String>,
}

/// A process that was compared with the program.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checked {
    /// The name of the source.
    pub source: String,
    /// The line of the object in the source, from 1.
    pub line: usize,
    /// The column of the object in the source, in characters, from 1.
    pub column: usize,
    /// Kind and name of the object, such as `Deployment/api`. Of several pods with one owner, the owner:
    /// `ReplicaSet/api-5d9 (3 pods)`.
    pub object: String,
    /// The name of the container, or of the service, task or process group.
    pub container: String,
    /// The name of the platform, such as `Kubernetes`.
    pub platform: &'static str,
}

/// An object that was not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// The name of the source.
    pub source: String,
    /// The line of the object in the source, from 1.
    pub line: usize,
    /// The column of the object in the source, in characters, from 1.
    pub column: usize,
    /// Kind and name of the object, such as `Job/migrate`.
    pub object: String,
    /// The reason, in a clause about the object, such as "it has no container `api`".
    pub reason: String,
}

impl Checked {
    pub(crate) fn new(grant: &Grant<'_>, sources: &[Source<'_>]) -> Self {
        let (source, line, column) = grant.object_position.in_sources(sources);
        Self {
            source: source.to_owned(),
            line,
            column,
            object: grant.title(),
            container: grant.name.clone().into_owned(),
            platform: grant.platform.name,
        }
    }
}

impl Skipped {
    pub(crate) fn new(skip: &Skip, sources: &[Source<'_>]) -> Self {
        let (source, line, column) = skip.position.in_sources(sources);
        let (object, reason) = (skip.object.clone(), skip.reason.clone());
        Self { source: source.to_owned(), line, column, object, reason }
    }
}
