//! The check, from texts to findings.

use std::collections::BTreeSet;

use crate::environment::Effective;
use crate::error::{Error, ErrorKind};
use crate::finding::Finding;
use crate::model::{Candidate, Container, Fields, Granted, Model, Workload, is_template};
use crate::program::Program;
use crate::rules::{self, Case, Draft};
use crate::text::{list, quote};
use crate::yaml::{self, Failure, Position, Tree};

/// A YAML text, and its name for messages.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Its name, such as `deploy/deployment.yaml`.
    pub name: &'a str,
    /// Any number of documents.
    pub text: &'a str,
}

/// Compares manifests with a program.
#[derive(Debug, Clone, Copy)]
#[must_use = "a check does nothing until it is run"]
pub struct Check<'a> {
    program: &'a Program,
    container: Option<&'a str>,
}

impl<'a> Check<'a> {
    /// Creates a check of manifests for this program.
    pub fn new(program: &'a Program) -> Self {
        Self { program, container: None }
    }

    /// Sets the name of the container in which the program runs. Default: the only container.
    ///
    /// Every pod template that has a container of this name is checked.
    pub fn container(mut self, name: &'a str) -> Self {
        self.container = Some(name);
        self
    }

    /// Checks all sources together, because a PodDisruptionBudget may be in another file than its Deployment.
    ///
    /// The findings are in the order of the sources, and within a source in the order of their places.
    ///
    /// # Errors
    ///
    /// If a text is not YAML, is a template that is not rendered, or is too large; if no object has a pod template; if
    /// no pod has the container, or if the pods have several containers and none is named.
    pub fn run(&self, sources: &[Source<'_>]) -> Result<Vec<Finding>, Error> {
        let mut trees = Vec::with_capacity(sources.len());
        for (index, source) in sources.iter().enumerate() {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            trees.push(yaml::parse(source.text, index).map_err(|failure| error(failure, sources))?);
        }
        self.look(&trees, sources)
    }

    fn look(&self, trees: &[Tree<'_>], sources: &[Source<'_>]) -> Result<Vec<Finding>, Error> {
        let model = Model::read(trees)?;
        let mut drafts = Vec::new();
        let chosen = self.choose(&model, sources)?;
        for &(workload, candidate) in &chosen {
            drafts.extend(self.drafts(&model, workload, candidate, sources)?);
        }
        let workloads: Vec<_> = chosen.into_iter().map(|(workload, _)| workload).collect();
        rules::budgets(&model, &workloads, &mut drafts);
        drafts.sort_by_key(|draft| (draft.position, draft.rule));
        Ok(drafts.into_iter().map(|draft| finish(draft, sources)).collect())
    }

    /// The program's containers.
    fn choose<'m, 't>(
        &self,
        model: &'m Model<'t>,
        sources: &[Source<'_>],
    ) -> Result<Vec<(&'m Workload<'t>, Candidate<'t>)>, Error> {
        if model.workloads.is_empty() {
            let message = "no pod template was found: it is in a Deployment, StatefulSet, DaemonSet, ReplicaSet, Pod, Job \
                           or CronJob";
            return Err(Error::new(ErrorKind::NoWorkload, message));
        }
        let all = || model.workloads.iter().flat_map(Workload::candidates);
        if let Some(template) = all().find(|each| is_template(each.name)) {
            return Err(error(Failure::Template(template.node.position()), sources));
        }
        let names: BTreeSet<_> = all().map(|each| each.name).collect();
        let name = match (self.container, names.first()) {
            (Some(name), _) if names.contains(name) => name,
            (Some(name), Some(_)) => {
                let message =
                    format!("no container is called {}: the pods have {}", quote(name), list(names.iter().copied()));
                return Err(Error::new(ErrorKind::NoSuchContainer, message));
            }
            (_, None) => return Err(Error::new(ErrorKind::NoSuchContainer, "the pods have no containers")),
            (None, Some(name)) if names.len() == 1 => name,
            (None, Some(_)) => {
                let message = format!("the pods have several containers: {}", list(names.iter().copied()));
                return Err(Error::new(ErrorKind::SeveralContainers, message));
            }
        };
        // A name is unique within a pod.
        let of = |workload: &'m Workload<'t>| {
            workload.candidates().find(|each| each.name == name).map(|each| (workload, each))
        };
        Ok(model.workloads.iter().filter_map(of).collect())
    }

    fn drafts<'t>(
        &self,
        model: &Model<'t>,
        workload: &Workload<'t>,
        candidate: Candidate<'t>,
        sources: &[Source<'_>],
    ) -> Result<Vec<Draft>, Error> {
        let mut fields = Fields::default();
        let maps = model.config_maps.near(workload.namespace);
        let granted = Granted::read(workload.spec, &mut fields);
        let container = Container::read(candidate.node, candidate.sidecar, maps, &mut fields);
        fields.add(&workload.fields);
        if let Some(position) = fields.template {
            return Err(error(Failure::Template(position), sources));
        }
        let effective = Effective::new(self.program, &container);
        let case =
            Case { model, workload, container: &container, granted, source: self.program, effective: &effective };
        Ok(rules::apply(&case, &fields))
    }
}

fn place<'a>(position: Position, sources: &[Source<'a>]) -> (&'a str, usize, usize) {
    let source = sources.get(position.source as usize).map_or("", |source| source.name);
    (source, position.line as usize, position.column as usize)
}

fn finish(draft: Draft, sources: &[Source<'_>]) -> Finding {
    let Draft { rule, position, workload, message, advice } = draft;
    let (source, line, column) = place(position, sources);
    Finding { severity: rule.severity(), rule, source: source.to_owned(), line, column, workload, message, advice }
}

fn error(failure: Failure, sources: &[Source<'_>]) -> Error {
    let (kind, position, message) = match failure {
        Failure::Syntax(position, why) => {
            (ErrorKind::Yaml, position, format!("not YAML: {}", crate::text::escape(&why)))
        }
        Failure::Template(position) => {
            let message = "a template must be rendered before the check: `helm template . | cargo graceful check BINARY \
                           -f -`";
            (ErrorKind::Template, position, message.to_owned())
        }
        Failure::TooLarge(position) => {
            (ErrorKind::TooLarge, position, "too large: more than 2000000 values, expanded aliases included".to_owned())
        }
        Failure::Circle(position) => {
            (ErrorKind::Yaml, position, "not YAML: an alias stands for a value that contains it".to_owned())
        }
    };
    let (source, line, column) = place(position, sources);
    Error::new(kind, message).at(source, line, column)
}
