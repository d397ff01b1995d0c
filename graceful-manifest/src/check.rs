//! The check, from texts to findings.

use crate::choice::Choice;
use crate::environment::Effective;
use crate::error::{Error, Failure};
use crate::finding::Finding;
use crate::format::{self, Contents, File};
use crate::grant::Grant;
use crate::granted::Granted;
use crate::model::Model;
use crate::outcome::{Checked, Outcome, Skipped};
use crate::program::Program;
use crate::rules::{self, Case, Draft};

/// The text of a file, and its name.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Its name, such as `deploy/deployment.yaml`. The name helps to recognise the format.
    pub name: &'a str,
    /// The text, with any number of documents if it is YAML.
    pub text: &'a str,
}

/// Compares the files of platforms with a program.
#[derive(Debug, Clone, Copy)]
#[must_use = "a check does nothing until it is run"]
pub struct Check<'a> {
    program: &'a Program,
    choice: Choice<'a>,
}

impl<'a> Check<'a> {
    /// Creates a check of files for this program.
    pub fn new(program: &'a Program) -> Self {
        Self { program, choice: Choice::default() }
    }

    /// Sets the name of the container in which the program runs: of the service, the task or the process group, if the
    /// platform has these instead. Default: the only one.
    ///
    /// Every object that has a container of this name is checked.
    pub fn container(mut self, name: &'a str) -> Self {
        self.choice.name = Some(name);
        self
    }

    /// Sets the name of the service in which the program runs. This is [`container`](Self::container) in the words of
    /// Docker Compose.
    pub fn service(self, name: &'a str) -> Self {
        self.container(name)
    }

    /// Sets kind and name of the object that runs the program, such as `Deployment/api`. Default: every object that has
    /// the container.
    pub fn workload(mut self, name: &'a str) -> Self {
        self.choice.workload = Some(name);
        self
    }

    /// Checks all sources together, because a PodDisruptionBudget may be in another file than its Deployment.
    ///
    /// The findings are in the order of the sources, and within a source in the order of their places.
    ///
    /// # Errors
    ///
    /// If a text does not have the syntax of its format, is a template that is not rendered, or is too large; if nothing
    /// in the files runs a program; if no object has the container or the name, or if there are several containers and
    /// none is named.
    pub fn run(&self, sources: &[Source<'_>]) -> Result<Outcome, Error> {
        self.try_run(sources).map_err(|failure| failure.into_error(sources))
    }

    /// Compares a grant that is in no file with the program.
    pub fn granted(&self, granted: &Granted) -> Outcome {
        let grant = granted.grant();
        let effective = Effective::new(self.program, &grant);
        let drafts = rules::apply(&Case::new(&grant, &Model::default(), self.program, &effective));
        Outcome {
            findings: drafts.into_iter().map(|draft| finish(draft, &[])).collect(),
            checked: vec![Checked::new(&grant, &[])],
            skipped: Vec::new(),
        }
    }

    fn try_run(&self, sources: &[Source<'_>]) -> Result<Outcome, Failure> {
        let mut files = Vec::with_capacity(sources.len());
        for (index, source) in sources.iter().enumerate() {
            files.push(File::parse(*source, u32::try_from(index).unwrap_or(u32::MAX))?);
        }
        let Contents { grants, mut skipped, kubernetes } = format::read(&files)?;
        let chosen = self.choice.of(&grants, &kubernetes, &mut skipped)?;
        let mut drafts = Vec::new();
        for grant in &chosen {
            drafts.extend(self.drafts(grant, &kubernetes)?);
        }
        rules::budgets(&kubernetes, &chosen, &mut drafts);
        drafts.sort_by_key(|draft| (draft.position, draft.rule));
        Ok(Outcome {
            findings: drafts.into_iter().map(|draft| finish(draft, sources)).collect(),
            checked: chosen.iter().map(|grant| Checked::new(grant, sources)).collect(),
            skipped: skipped.iter().map(|skip| Skipped::new(skip, sources)).collect(),
        })
    }

    fn drafts(&self, grant: &Grant<'_>, kubernetes: &Model<'_>) -> Result<Vec<Draft>, Failure> {
        if let Some(position) = grant.template {
            return Err(Failure::template(position));
        }
        let effective = Effective::new(self.program, grant);
        Ok(rules::apply(&Case::new(grant, kubernetes, self.program, &effective)))
    }
}

fn finish(draft: Draft, sources: &[Source<'_>]) -> Finding {
    let Draft { rule, position, workload, message, advice } = draft;
    let (source, line, column) = position.in_sources(sources);
    Finding { severity: rule.severity(), rule, source: source.to_owned(), line, column, workload, message, advice }
}
