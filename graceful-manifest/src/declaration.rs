//! What files declare to graceful: findings that are allowed on purpose, and the time that preStop takes at most.
//!
//! A comment is about its document, or its file: `# graceful: allow RULE: reason`, `# graceful: pre-stop 20s`. An
//! annotation is about its object: `graceful/allow: "RULE: reason"`, `graceful/pre-stop: "20s"`.

mod comments;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use graceful_core::{choice, duration};

use crate::check::Source;
use crate::grant::{Grant, Remark};
use crate::rule::Rule;
use crate::rules::Draft;
use crate::text::quote;
use crate::tree::Position;

use self::comments::comments;

/// What a declaration is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    /// The object at this place.
    Object(Position),
    /// The document, or the file, that begins at this place.
    Document(Position),
}

/// A rule whose findings are allowed.
#[derive(Debug)]
struct Allow {
    position: Position,
    reason: String,
    is_used: bool,
}

/// All declarations of the files.
#[derive(Debug, Default)]
pub(crate) struct Declarations {
    allows: BTreeMap<(Rule, Scope), Allow>,
    pre_stops: BTreeMap<Scope, Duration>,
    refused: Vec<(Scope, Remark)>,
    /// The documents with comments: the first place, and the last line.
    documents: Vec<(Position, u32)>,
}

impl Declarations {
    /// Reads the comments of a source.
    pub(crate) fn add_comments(&mut self, source: &Source<'_>, index: u32) {
        for comment in comments(source.text, index) {
            let scope = Scope::Document(comment.document);
            if let Some(text) = comment.text.strip_prefix("allow ") {
                self.allow(text, comment.position, scope);
            } else if let Some(text) = comment.text.strip_prefix("pre-stop ") {
                self.pre_stop(text, comment.position, scope);
            } else {
                continue;
            }
            if self.documents.last().is_none_or(|&(last, _)| last != comment.document) {
                self.documents.push((comment.document, comment.last_line));
            }
        }
    }

    /// Reads `RULE: reason`.
    pub(crate) fn allow(&mut self, text: &str, position: Position, scope: Scope) {
        let (name, reason) = text.split_once(':').unwrap_or((text, ""));
        let (name, reason) = (name.trim(), reason.trim());
        let Some(rule) = Rule::named(name) else {
            let names: Vec<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
            let advice = match choice::nearest(name, &names) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => "write the name that the finding has in brackets".to_owned(),
            };
            return self.refuse(
                position,
                scope,
                format!("no rule is called {}, so nothing is allowed", quote(name)),
                advice,
            );
        };
        if reason.is_empty() {
            let message = format!("`{rule}` is allowed without a reason, so it is not allowed");
            return self.refuse(position, scope, message, format!("write `{rule}: ` and the reason"));
        }
        let allow = Allow { position, reason: reason.to_owned(), is_used: false };
        self.allows.entry((rule, scope)).or_insert(allow);
    }

    /// Reads the time that preStop takes at most.
    pub(crate) fn pre_stop(&mut self, text: &str, position: Position, scope: Scope) {
        match duration::parse(text) {
            Ok(time) => _ = self.pre_stops.insert(scope, time),
            Err(error) => {
                let message = format!("the longest time of preStop is {}: {}", quote(text.trim()), error.of_it());
                self.refuse(position, scope, message, "write a duration such as `20s`".to_owned());
            }
        }
    }

    fn refuse(&mut self, position: Position, scope: Scope, message: String, advice: String) {
        self.refused.push((scope, Remark { rule: Rule::BadDeclaration, position, message, advice }));
    }

    /// Sets the time of preStop, if it is declared.
    pub(crate) fn bound(&self, grant: &mut Grant<'_>) {
        let position = grant.object_position;
        let Some(pre_stop) = &mut grant.pre_stop else { return };
        if let Some(&time) = self.scopes(position, position).find_map(|scope| self.pre_stops.get(&scope)) {
            pre_stop.value.at_least = pre_stop.value.at_least.max(time);
            pre_stop.value.is_exact = true;
        }
    }

    /// The reason why the finding is allowed.
    pub(crate) fn reason(&mut self, draft: &Draft) -> Option<String> {
        let scopes: Vec<_> = self.scopes(draft.object_position, draft.position).collect();
        let key = scopes.into_iter().map(|scope| (draft.rule, scope)).find(|key| self.allows.contains_key(key))?;
        let allow = self.allows.get_mut(&key)?;
        allow.is_used = true;
        Some(allow.reason.clone())
    }

    /// The findings about the declarations themselves. Those about programs that are not checked are left out.
    pub(crate) fn drafts(&self, chosen: &[&Grant<'_>], all: &[Grant<'_>]) -> Vec<Draft> {
        let scopes = |grant: &Grant<'_>| self.scopes(grant.object_position, grant.object_position);
        let of_chosen: BTreeSet<_> = chosen.iter().flat_map(|grant| scopes(grant)).collect();
        let of_all: BTreeSet<_> = all.iter().flat_map(scopes).collect();
        let is_relevant = |scope: &Scope| of_chosen.contains(scope) || !of_all.contains(scope);
        let refused = self.refused.iter().filter(|(scope, _)| is_relevant(scope));
        let unused = self.allows.iter().filter(|((_, scope), allow)| !allow.is_used && is_relevant(scope));
        let unused = unused.map(|((rule, _), allow)| unused_allow(*rule, allow.position));
        refused.map(|(_, remark)| draft(remark.clone())).chain(unused).collect()
    }

    /// What a declaration may be about, so that it is about this object and this place.
    fn scopes(&self, object: Position, place: Position) -> impl Iterator<Item = Scope> {
        let document = self.documents.partition_point(|(first, _)| *first <= place).checked_sub(1);
        let document = document.and_then(|index| self.documents.get(index));
        let document = document
            .filter(|(first, last)| first.source == place.source && place.line <= *last)
            .map(|(first, _)| *first);
        [Some(Scope::Object(object)), document.map(Scope::Document)].into_iter().flatten()
    }
}

/// The note about a rule that is allowed and finds nothing.
pub(crate) fn unused_allow(rule: Rule, position: Position) -> Draft {
    let message = format!("`{rule}` is allowed and finds nothing");
    draft(Remark { rule: Rule::UnusedAllow, position, message, advice: "remove it".to_owned() })
}

fn draft(remark: Remark) -> Draft {
    Draft::of_remark(remark, "graceful/allow".to_owned(), Position::NOWHERE)
}
