//! The check, from texts to findings.

use std::collections::BTreeSet;

use crate::choice::{self, Choice};
use crate::copies::{self, Owners};
use crate::declaration::{self, Declarations};
use crate::environment::Effective;
use crate::error::{Error, Failure};
use crate::finding::Finding;
use crate::finish::Finisher;
use crate::format::{self, Contents, File};
use crate::grant::Grant;
use crate::granted::Granted;
use crate::model::Model;
use crate::outcome::{Allowed, Checked, Outcome, Skipped};
use crate::program::Program;
use crate::rule::Rule;
use crate::rules::{self, Case, Draft};
use crate::tree::Position;

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
    allow: &'a [Rule],
}

impl<'a> Check<'a> {
    /// Creates a check of files for this program.
    pub fn new(program: &'a Program) -> Self {
        Self { program, choice: Choice::default(), allow: &[] }
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

    /// Allows the findings of these rules everywhere. Default: none.
    ///
    /// A file can allow a rule itself, with a reason: a comment `# graceful: allow RULE: reason` is about its document, or
    /// its file, and an annotation `graceful/allow: "RULE: reason"` about an object of Kubernetes and its pods.
    ///
    /// ```
    /// use graceful_manifest::{Check, Program, Rule, Source};
    ///
    /// let program = Program::default();
    /// let text = "
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: { name: api, annotations: { graceful/allow: 'exec-sleep: the image has busybox' } }
    /// spec:
    ///   containers:
    ///     - name: api
    ///       command: [sh, -c, api]
    ///       lifecycle: { preStop: { exec: { command: [sleep, '5'] } } }
    /// ";
    /// let check = Check::new(&program).allow(&[Rule::ShellAsProcess1]);
    /// let outcome = check.run(&[Source { name: "pod.yaml", text }])?;
    /// assert_eq!(outcome.findings, []);
    /// assert_eq!(outcome.allowed[0].finding.rule, Rule::ShellAsProcess1);
    /// assert_eq!(outcome.allowed[0].reason, None);
    /// assert_eq!(outcome.allowed[1].reason.as_deref(), Some("the image has busybox"));
    /// # Ok::<(), graceful_manifest::Error>(())
    /// ```
    pub fn allow(mut self, rules: &'a [Rule]) -> Self {
        self.allow = rules;
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
        let (found, allowed) = self.separate(drafts, &mut Declarations::default());
        Outcome {
            findings: findings(found, &[]),
            allowed: all_allowed(allowed, &[]),
            checked: vec![Checked::new(&grant, &[])],
            skipped: Vec::new(),
        }
    }

    fn try_run(&self, sources: &[Source<'_>]) -> Result<Outcome, Failure> {
        let mut files = Vec::with_capacity(sources.len());
        for (index, source) in sources.iter().enumerate() {
            files.push(File::parse(*source, u32::try_from(index).unwrap_or(u32::MAX))?);
        }
        let Contents { platforms, grants, mut skipped, mut declarations, kubernetes } = format::read(&files)?;
        let grants = grants.all;
        if grants.is_empty() {
            return Err(choice::nothing(&platforms, &kubernetes, &skipped));
        }
        let chosen = self.choice.of(&grants, &mut skipped)?;
        let mut drafts = Vec::new();
        for grant in &chosen {
            drafts.extend(self.drafts(grant, &kubernetes)?);
        }
        rules::budgets(&kubernetes, &chosen, &mut drafts);
        let (mut found, mut allowed) = self.separate(drafts, &mut declarations);
        found.extend(declarations.drafts(&chosen, &grants));
        let owners = Owners::of(&chosen);
        owners.once(&mut found, |draft| draft);
        owners.once(&mut allowed, |(draft, _)| draft);
        Ok(Outcome {
            findings: findings(found, sources),
            allowed: all_allowed(allowed, sources),
            checked: copies::first(&chosen).map(|grant| Checked::new(grant, sources)).collect(),
            skipped: skipped.iter().map(|skip| Skipped::new(skip, sources)).collect(),
        })
    }

    /// Separates what is allowed, with the reason that a file gives.
    fn separate(
        &self,
        drafts: Vec<Draft>,
        declarations: &mut Declarations,
    ) -> (Vec<Draft>, Vec<(Draft, Option<String>)>) {
        let (mut found, mut allowed) = (Vec::new(), Vec::new());
        let mut unused: BTreeSet<Rule> = self.allow.iter().copied().collect();
        for draft in drafts {
            let reason = declarations.reason(&draft);
            unused.remove(&draft.rule);
            if reason.is_some() || self.allow.contains(&draft.rule) {
                allowed.push((draft, reason));
            } else {
                found.push(draft);
            }
        }
        found.extend(unused.into_iter().map(|rule| declaration::unused_allow(rule, Position::NOWHERE)));
        (found, allowed)
    }

    fn drafts(&self, grant: &Grant<'_>, kubernetes: &Model<'_>) -> Result<Vec<Draft>, Failure> {
        if let Some(template) = grant.template {
            return Err(Failure::template(template));
        }
        let effective = Effective::new(self.program, grant);
        Ok(rules::apply(&Case::new(grant, kubernetes, self.program, &effective)))
    }
}

fn findings(mut drafts: Vec<Draft>, sources: &[Source<'_>]) -> Vec<Finding> {
    drafts.sort_by_key(|draft| (draft.position, draft.rule));
    let mut finisher = Finisher::new(sources);
    drafts.into_iter().map(|draft| finisher.finish(draft)).collect()
}

fn all_allowed(mut allowed: Vec<(Draft, Option<String>)>, sources: &[Source<'_>]) -> Vec<Allowed> {
    allowed.sort_by_key(|(draft, _)| (draft.position, draft.rule));
    let mut finisher = Finisher::new(sources);
    let allowed = allowed.into_iter();
    allowed.map(|(draft, reason)| Allowed { finding: finisher.finish(draft), reason }).collect()
}
