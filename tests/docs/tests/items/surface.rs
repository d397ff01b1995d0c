//! The public surface, a line for each item, as it was committed. A change of it shows in a diff.

use std::collections::HashMap;
use std::{env, fs};

use serde_json::Value;

use crate::render::{parameters, path, predicates, signature, ty};
use crate::rustdoc::Docs;

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/surface.txt");

/// Auto traits that say nothing to a caller, and what derives bring along.
const SILENT: [&str; 6] =
    ["Freeze", "RefUnwindSafe", "StructuralPartialEq", "UnsafeUnpin", "UnwindSafe", "StructuralEq"];

struct Surface {
    runtime: Docs,
    core: Docs,
    lines: Vec<String>,
    /// The first name of each item.
    named: HashMap<String, String>,
}

impl Surface {
    /// The item that the crate `graceful` gives a name.
    fn reexported(&mut self, source: &str, name: &str) {
        let full = format!("graceful::{name}");
        let (krate, path) = source.split_once("::").unwrap_or((source, ""));
        let (docs, id) = match krate {
            "graceful_runtime" => match find(&self.runtime, path) {
                Some((source, id)) if source.starts_with("graceful_core::") => {
                    let by_name = source.rsplit("::").next().and_then(|name| find_anywhere(&self.core, name));
                    (&self.core, by_name.unwrap_or_else(|| panic!("{source} is not in graceful-core ({id})")))
                }
                Some((source, id)) if source.is_empty() || source.starts_with("crate") => (&self.runtime, id),
                Some((source, _)) => return self.lines.push(format!("{full} = {source}")),
                None => panic!("{source} is not in graceful-runtime"),
            },
            _ => return self.lines.push(format!("{full} = {source}")),
        };
        let key = format!("{}{id}", docs.0["root"]);
        if let Some(first) = self.named.get(&key) {
            return self.lines.push(format!("{full} = {first}"));
        }
        self.named.insert(key, full.clone());
        item(docs, &id, &full, &mut self.lines);
    }
}

/// The item that has this name in a crate's root: where it comes from, and its id.
fn find(docs: &Docs, name: &str) -> Option<(String, Value)> {
    let (_, _, root) = docs.item(&docs.0["root"])?;
    root["items"].as_array()?.iter().find_map(|id| {
        let (item, kind, inner) = docs.item(id)?;
        match kind {
            "use" if inner["name"] == name => Some((inner["source"].as_str()?.to_owned(), inner["id"].clone())),
            _ if item["name"] == name => Some((String::new(), id.clone())),
            _ => None,
        }
    })
}

/// The type of this name, wherever it is defined.
fn find_anywhere(docs: &Docs, name: &str) -> Option<Value> {
    let index = docs.0["index"].as_object()?;
    let is_it = |item: &Value| {
        item["name"] == name && ["struct", "enum", "trait"].iter().any(|kind| item["inner"].get(kind).is_some())
    };
    index.values().find(|item| is_it(item)).map(|item| item["id"].clone())
}

/// Adds the lines of an item and of all in it.
fn item(docs: &Docs, id: &Value, name: &str, lines: &mut Vec<String>) {
    let Some((item_, kind, inner)) = docs.item(id) else { return };
    let exhaustive = if item_["attrs"].to_string().contains("non_exhaustive") { " #[non_exhaustive]" } else { "" };
    let generics = &inner["generics"];
    let (parameters, predicates) = (parameters(generics), predicates(generics));
    let members = |lines: &mut Vec<String>, ids: &Value| {
        for id in ids.as_array().into_iter().flatten() {
            let member = docs.item(id).and_then(|(item, ..)| item["name"].as_str());
            let member = member.map_or_else(|| name.to_owned(), |member| format!("{name}::{member}"));
            item(docs, id, &member, lines);
        }
    };
    match kind {
        "module" => {
            lines.push(format!("{name}: mod"));
            members(lines, &inner["items"]);
        }
        "use" if inner["is_glob"] == true => {
            lines.push(format!("{name} has all of {}", inner["source"].as_str().unwrap_or_default()))
        }
        "use" => {
            let name = format!("{name}::{}", inner["name"].as_str().unwrap_or_default());
            item(docs, &inner["id"], &name, lines);
        }
        "function" => lines.push(format!("{name}{}", signature(inner))),
        "constant" | "assoc_const" => lines.push(format!("{name}: const {}", ty(&inner["type"]))),
        "assoc_type" => lines.push(format!("{name}: type")),
        "struct" => {
            lines.push(format!("{name}{parameters}: struct{predicates}{exhaustive}"));
            let (kind, fields) = inner["kind"].as_object().and_then(|kind| kind.iter().next()).unzip();
            let fields =
                fields.map(|fields| if kind.is_some_and(|kind| kind == "plain") { &fields["fields"] } else { fields });
            members(lines, fields.unwrap_or(&Value::Null));
            impls(docs, inner, name, lines);
        }
        "enum" => {
            lines.push(format!("{name}{parameters}: enum{predicates}{exhaustive}"));
            members(lines, &inner["variants"]);
            impls(docs, inner, name, lines);
        }
        "variant" => {
            lines.push(format!("{name}: variant"));
            let kind = &inner["kind"];
            members(lines, if kind["tuple"].is_null() { &kind["struct"]["fields"] } else { &kind["tuple"] });
        }
        "struct_field" => lines.push(format!("{name}: {}", ty(inner))),
        "trait" => {
            lines.push(format!("{name}{parameters}: trait{predicates}"));
            members(lines, &inner["items"]);
            let mut types: Vec<_> = inner["implementations"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|id| docs.item(id).map(|(.., inner)| ty(&inner["for"])))
                .collect();
            types.sort();
            lines.push(format!("{name} is implemented for {}", types.join(", ")));
        }
        "macro" => lines.push(format!("{name}!: macro")),
        _ => lines.push(format!("{name}: {kind}")),
    }
}

/// Adds the methods of a type, and a line with its traits.
fn impls(docs: &Docs, inner: &Value, name: &str, lines: &mut Vec<String>) {
    let mut traits = Vec::new();
    for id in inner["impls"].as_array().into_iter().flatten() {
        let Some((.., inner)) = docs.item(id) else { continue };
        if inner["trait"].is_null() {
            for id in inner["items"].as_array().into_iter().flatten() {
                let Some((method, ..)) = docs.item(id) else { continue };
                item(docs, id, &format!("{name}::{}", method["name"].as_str().unwrap_or_default()), lines);
            }
        } else if inner["blanket_impl"].is_null() {
            let shown = path(&inner["trait"]);
            if !SILENT.contains(&&*shown) {
                traits.push(format!("{}{shown}", if inner["is_negative"] == true { "!" } else { "" }));
            }
        }
    }
    traits.sort();
    if !traits.is_empty() {
        lines.push(format!("{name} implements {}", traits.join(", ")));
    }
}

#[test]
#[ignore = "needs rustdoc's JSON: tests/supply nightly"]
fn the_surface_is_the_committed_one() {
    let root = Docs::read("graceful");
    let mut surface = Surface {
        runtime: Docs::read("graceful_runtime"),
        core: Docs::read("graceful_core"),
        lines: Vec::new(),
        named: HashMap::new(),
    };
    let (.., module) = root.item(&root.0["root"]).expect("the root");
    for id in module["items"].as_array().into_iter().flatten() {
        match root.item(id) {
            Some((_, "use", inner)) => {
                surface.reexported(inner["source"].as_str().expect("a path"), inner["name"].as_str().expect("a name"))
            }
            // The guide is text.
            Some((item, "module", _)) if item["name"] == "guide" => {}
            other => panic!("not a re-export: {other:?}"),
        }
    }
    surface.lines.sort();
    let text = surface.lines.join("\n") + "\n";
    if env::var_os("UPDATE_SURFACE").is_some() {
        fs::write(COMMITTED, &text).expect("written");
    }
    let committed = fs::read_to_string(COMMITTED).unwrap_or_default();
    let lacks = |all: &str, line: &&str| !all.lines().any(|other| other == *line);
    let removed = committed.lines().filter(|line| lacks(&text, line)).map(|line| format!("- {line}"));
    let added = text.lines().filter(|line| lacks(&committed, line)).map(|line| format!("+ {line}"));
    let changed: Vec<_> = removed.chain(added).collect();
    assert!(
        changed.is_empty(),
        "the public surface has changed:\n{}\nif that is wanted, write it anew and commit it: tests/docs/rustdoc && \
         UPDATE_SURFACE=1 cargo test -p graceful-docs-tests --test items -- --ignored surface",
        changed.join("\n")
    );
}
