//! The services of a project: files that are merged, and services that extend others.

use std::collections::{HashMap, HashSet};

use crate::error::{ErrorKind, Failure};
use crate::format::{File, Skip};
use crate::grant::{Remark, label};
use crate::rule::Rule;
use crate::text::quote;
use crate::tree::{Node, Position};

use super::env_file;
use super::layers::Layers;

/// A longer chain of services that extend one another is not followed.
const MAX_CHAIN: usize = 50;

/// At most so many entries of all definitions of all services are read. Real projects need about a thousandth of this.
const MAX_ENTRIES: usize = 10_000_000;

/// Whether the document is a Compose file.
pub(super) fn is_compose(document: Node<'_>) -> bool {
    let is_kubernetes = document.get("apiVersion").is_some();
    !is_kubernetes && (document.get("services").is_some_and(Node::is_mapping) || document.get("include").is_some())
}

/// A file's place in the project.
type FileId = usize;

/// The files of a project.
#[derive(Debug)]
pub(super) struct Project<'t> {
    parts: Vec<Part<'t>>,
    /// The files whose services only serve to be extended.
    bases: HashSet<FileId>,
    /// The part that defines a service of a file.
    defined: HashMap<(FileId, &'t str), usize>,
    /// The files by their normal names.
    ids: HashMap<String, FileId>,
    /// The names of the files, by their places among the sources.
    names: HashMap<u32, &'t str>,
    /// The files of variables, by their normal names.
    env_files: HashMap<String, Node<'t>>,
}

/// The definitions in one document.
#[derive(Debug)]
struct Part<'t> {
    id: FileId,
    file: &'t str,
    services: HashMap<&'t str, (Node<'t>, Node<'t>)>,
    /// The names in the order of the document.
    names: Vec<&'t str>,
}

/// A service of the project.
#[derive(Debug)]
pub(super) struct Service<'t> {
    pub(super) name: &'t str,
    /// The key of the last definition.
    pub(super) key: Node<'t>,
    pub(super) layers: Layers<'t>,
    pub(super) remarks: Vec<Remark>,
}

impl<'t> Project<'t> {
    pub(super) fn new(files: &[&'t File<'t>], skipped: &mut Vec<Skip>) -> Self {
        let ids: HashMap<_, _> = files.iter().zip(0..).map(|(file, id)| (normal(file.source.name), id)).collect();
        let mut parts: Vec<Part<'_>> = Vec::new();
        let (mut names, mut env_files, mut defined) = (HashMap::new(), HashMap::new(), HashMap::new());
        for (file, id) in files.iter().zip(0..) {
            if let Some(document) = file.tree.documents().next() {
                names.insert(document.position().source, file.source.name);
                if env_file::recognises(&file.source) {
                    env_files.insert(normal(file.source.name), document);
                }
            }
            for document in file.tree.documents().filter(|&document| is_compose(document)) {
                let part = Part::new(id, file.source.name, document);
                included(document, part.file, &ids, skipped);
                for &name in &part.names {
                    defined.entry((id, name)).or_insert(parts.len());
                }
                parts.push(part);
            }
        }
        let mut bases: HashSet<FileId> = parts.iter().flat_map(|part| part.extended_files(&ids)).collect();
        // A circle of files.
        if parts.iter().all(|part| bases.contains(&part.id)) {
            bases.clear();
        }
        Self { parts, bases, defined, ids, names, env_files }
    }

    /// All services, in the order of their first definitions.
    ///
    /// # Errors
    ///
    /// If their definitions are too long.
    pub(super) fn services(&self) -> Result<Vec<Service<'t>>, Failure> {
        let mut names = Vec::new();
        let mut parts_of: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, part) in self.parts.iter().enumerate().filter(|(_, part)| !self.bases.contains(&part.id)) {
            for &name in &part.names {
                let parts = parts_of.entry(name).or_default();
                if parts.is_empty() {
                    names.push(name);
                }
                parts.push(index);
            }
        }
        let mut left = MAX_ENTRIES;
        let mut services = Vec::new();
        for name in names {
            let mut remarks = Vec::new();
            let mut definitions = Vec::new();
            let mut last = None;
            for &index in &parts_of[name] {
                last = self.parts[index].services.get(name).map(|&(key, _)| key);
                let chain = self.chain(index, name, &mut remarks);
                left = chain.iter().try_fold(left, |left, &node| left.checked_sub(size(node))).ok_or_else(|| {
                    let message = "too large: too many services extend one another; check fewer files";
                    Failure::new(ErrorKind::TooLarge, message)
                })?;
                definitions.extend(chain);
            }
            let Some(key) = last else { continue };
            services.push(Service { name, key, layers: Layers::new(definitions), remarks });
        }
        Ok(services)
    }

    /// The files of a service's variables, each in the place of its last mention, which counts. A path is relative to the file
    /// that names it, or to the first one.
    pub(super) fn env_files(&self, service: &Layers<'t>, skipped: &mut Vec<Skip>) -> Vec<Node<'t>> {
        let mut found: Vec<Node<'t>> = Vec::new();
        for (_, value) in service.all("env_file") {
            for item in [value].into_iter().chain(value.items()) {
                let Some(path) = item.text().or_else(|| item.get("path")?.text()) else { continue };
                let own = self.names.get(&item.position().source).copied();
                let first = self.parts.first().map(|part| part.file);
                let files = [own, first].into_iter().flatten();
                match { files }.find_map(|file| self.env_files.get(&beside(file, path))) {
                    Some(&file) => {
                        found.retain(|other| other.position() != file.position());
                        found.push(file);
                    }
                    None => skipped.push(not_given(item.position(), "env_file", path)),
                }
            }
        }
        found
    }

    /// The definition of a service in one document, after those that it extends.
    fn chain(&self, mut part: usize, mut name: &'t str, remarks: &mut Vec<Remark>) -> Vec<Node<'t>> {
        let mut chain = Vec::new();
        let mut seen = HashSet::new();
        while let Some(&(_, service)) = self.parts[part].services.get(name) {
            if !seen.insert((part, name)) || chain.len() == MAX_CHAIN {
                let position = service.position();
                let message = format!("the service {} extends itself, which Compose refuses", quote(name));
                let advice = "remove one `extends`".to_owned();
                remarks.push(Remark { rule: Rule::InvalidValue, position, message, advice });
                break;
            }
            chain.push(service);
            let Some((key, extends)) = service.entry("extends") else { break };
            let Some(base) = extends.text().or_else(|| extends.get("service")?.text()) else { break };
            let file = extends.get("file").and_then(Node::text);
            let Some(next) = self.find(part, base, file) else {
                remarks.push(unknown_base(key.position(), base, file));
                break;
            };
            (part, name) = (next, base);
        }
        chain.reverse();
        chain
    }

    /// The part that defines the extended service.
    fn find(&self, from: usize, name: &'t str, file: Option<&str>) -> Option<usize> {
        let own = &self.parts[from];
        let id = file.map_or(Some(own.id), |file| self.ids.get(&beside(own.file, file)).copied())?;
        self.defined.get(&(id, name)).copied()
    }
}

impl<'t> Part<'t> {
    fn new(id: FileId, file: &'t str, document: Node<'t>) -> Self {
        let mut services = HashMap::new();
        let mut names = Vec::new();
        for (key, service) in document.entries_of("services") {
            if let Some(name) = key.text()
                && services.insert(name, (key, service)).is_none()
            {
                names.push(name);
            }
        }
        Self { id, file, services, names }
    }

    /// The other files whose services its services extend.
    fn extended_files(&self, ids: &HashMap<String, FileId>) -> impl Iterator<Item = FileId> {
        let file = |&(_, service): &(Node<'t>, Node<'t>)| service.at(&["extends", "file"])?.text();
        let id = |file| ids.get(&beside(self.file, file)).copied();
        self.services.values().filter_map(file).filter_map(id).filter(|&id| id != self.id)
    }
}

fn unknown_base(position: Position, name: &str, file: Option<&str>) -> Remark {
    let (rule, message, advice) = match file {
        Some(file) => (
            Rule::ValueUnknown,
            format!("the service extends {} of {}, which is not among the files", quote(name), quote(file)),
            "check that file too, with another `-f`".to_owned(),
        ),
        None => (
            Rule::InvalidValue,
            format!("the service extends {}, which this file does not define", quote(name)),
            "name one of its services, or write `file` too".to_owned(),
        ),
    };
    Remark { rule, position, message, advice }
}

fn not_given(position: Position, key: &str, path: &str) -> Skip {
    Skip { position, object: label(key, path), reason: "it is not among the files".to_owned() }
}

/// Notes the included files that are not given.
fn included(document: Node<'_>, file: &str, ids: &HashMap<String, FileId>, skipped: &mut Vec<Skip>) {
    for item in document.items_of("include") {
        let path = item.get("path");
        let several = path.into_iter().flat_map(Node::items).filter_map(Node::text);
        let paths = item.text().or_else(|| path?.text()).into_iter().chain(several);
        for path in paths {
            if !ids.contains_key(&beside(file, path)) {
                skipped.push(not_given(item.position(), "include", path));
            }
        }
    }
}

/// The number of entries that reading a definition looks at.
fn size(service: Node<'_>) -> usize {
    let environment = service.get("environment").map_or(0, |node| node.entries().count() + node.items().count());
    service.entries().count() + environment
}

/// The path of a file that another one names.
fn beside(file: &str, path: &str) -> String {
    match file.rsplit_once('/') {
        Some((folder, _)) if !path.starts_with('/') => normal(&format!("{folder}/{path}")),
        _ => normal(path),
    }
}

/// The path without `.` and `..`.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." if parts.last().is_some_and(|last| !matches!(*last, ".." | "")) => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_other_files() {
        for (file, path, expected) in [
            ("compose.yaml", "common.yml", "common.yml"),
            ("./a/compose.yaml", "./common.yml", "a/common.yml"),
            ("a/b/compose.yaml", "../common.yml", "a/common.yml"),
            ("../compose.yaml", "../common.yml", "../../common.yml"),
            ("a/compose.yaml", "/b/../common.yml", "/common.yml"),
        ] {
            assert_eq!(beside(file, path), expected);
        }
    }
}
