//! Which of the processes in the files is the program.

use std::collections::BTreeSet;

use crate::error::{ErrorKind, Failure};
use crate::format::Skip;
use crate::grant::{At, Grant, Selection};
use crate::model::Model;
use crate::template::Template;
use crate::text::{list, quote};

/// The names that choose.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Choice<'a> {
    /// Kind and name of the object. Default: any.
    pub(crate) workload: Option<&'a str>,
    /// The name of the container, or of what the platform has instead. Default: the only one.
    pub(crate) name: Option<&'a str>,
}

/// The error of files that run no program.
pub(crate) fn nothing(platforms: &[&str], model: &Model<'_>, skipped: &[Skip]) -> Failure {
    if !model.workloads.is_empty() {
        return Failure::new(ErrorKind::NoSuchContainer, "the pods have no containers");
    }
    let what = match platforms {
        [] | ["Kubernetes"] => {
            "no pod template was found: it is in a Pod, Deployment, StatefulSet, DaemonSet, Job, CronJob \
                                or another object with `spec.template`"
                .to_owned()
        }
        platforms => format!("the files are read as those of {}, and run no program", platforms.join(" and ")),
    };
    let skipped = skipped.first().map(|skip| format!("; {} was skipped: {}", skip.object, skip.reason));
    Failure::new(ErrorKind::NoWorkload, what + &skipped.unwrap_or_default())
}

impl Choice<'_> {
    /// The grants of the program. The objects without one are noted.
    pub(crate) fn of<'c, 't>(
        self,
        grants: &'c [Grant<'t>],
        skipped: &mut Vec<Skip>,
    ) -> Result<Vec<&'c Grant<'t>>, Failure> {
        let mut chosen = self.in_workload(grants)?;
        let name = self.name(&chosen)?;
        let named: BTreeSet<_> =
            chosen.iter().filter(|grant| grant.name == name).map(|grant| grant.object_position).collect();
        chosen.retain(|grant| match grant.selection {
            Selection::ByName | Selection::ByNameOnly => grant.name == name,
            Selection::Default => grant.name == name || !named.contains(&grant.object_position),
        });
        let mut seen: BTreeSet<_> = chosen.iter().map(|grant| grant.object_position).collect();
        for grant in grants {
            if seen.insert(grant.object_position) {
                let reason = match self.workload {
                    Some(workload) if grant.object != workload => format!("only {} was asked for", quote(workload)),
                    _ => format!("it has no {} {}", grant.platform.part, quote(&name)),
                };
                skipped.push(Skip { position: grant.object_position, object: grant.object.clone(), reason });
            }
        }
        Ok(chosen)
    }

    fn in_workload<'c, 't>(self, grants: &'c [Grant<'t>]) -> Result<Vec<&'c Grant<'t>>, Failure> {
        let Some(workload) = self.workload else { return Ok(grants.iter().collect()) };
        let found: Vec<_> = grants.iter().filter(|grant| grant.object == workload).collect();
        if found.is_empty() {
            let objects: BTreeSet<_> = grants.iter().map(|grant| &*grant.object).collect();
            let message = format!("no object is called {}: the files have {}", quote(workload), list(objects));
            return Err(Failure::new(ErrorKind::NoSuchWorkload, message));
        }
        Ok(found)
    }

    fn name(self, grants: &[&Grant<'_>]) -> Result<String, Failure> {
        let template = |grant: &&Grant<'_>| Some(At { value: Template::of(&grant.name)?, position: grant.position });
        if let Some(template) = grants.iter().find_map(template) {
            return Err(Failure::template(template));
        }
        // Without a name, the processes that need one come first, and then those that are chosen anyway.
        let is_asked = self.name.is_some();
        let needs_name = grants.iter().any(|grant| grant.selection == Selection::ByName);
        let names = grants.iter().filter(|grant| match grant.selection {
            Selection::ByName => true,
            Selection::ByNameOnly => is_asked,
            Selection::Default => is_asked || !needs_name,
        });
        let names: BTreeSet<&str> = names.map(|grant| &*grant.name).collect();
        let files = if grants.iter().all(|grant| grant.pod.is_some()) { "pods" } else { "files" };
        let part = grants.first().map_or("program", |first| first.platform.part);
        let part = if grants.iter().all(|grant| grant.platform.part == part) { part } else { "program" };
        match (self.name, names.first()) {
            (Some(name), _) if names.contains(name) => Ok(name.to_owned()),
            (Some(name), _) => {
                let message = format!("no {part} is called {}: the {files} have {}", quote(name), list(names));
                Err(Failure::new(ErrorKind::NoSuchContainer, message))
            }
            (None, Some(name)) if names.len() == 1 => Ok((*name).to_owned()),
            (None, _) => {
                let message = format!("the {files} have several {part}s: {}", list(names));
                Err(Failure::new(ErrorKind::SeveralContainers, message))
            }
        }
    }
}
