//! Each public item has an example. rustdoc's own lint does not see items that are re-exported from private modules.

use std::collections::HashSet;

use serde_json::Value;

use crate::rustdoc::Docs;

/// A public item. Its path begins with the crate in which it is defined.
struct Item {
    kind: String,
    path: String,
    code: String,
}

impl Docs {
    /// Adds an item and all in it. Of what other crates define, adds the names to `foreign`.
    fn walk(&self, id: &Value, path: &str, items: &mut Vec<Item>, foreign: &mut HashSet<String>) {
        let Some((item, kind, inner)) = self.item(id) else { return };
        if kind == "use" {
            let source = inner["source"].as_str().expect("a path");
            if source.starts_with("graceful_core::") {
                foreign.extend(source.rsplit("::").next().map(str::to_owned));
            }
            return self.walk(&inner["id"], path, items, foreign);
        }
        let path = match item["name"].as_str() {
            Some(name) => format!("{path}::{name}"),
            None => path.to_owned(),
        };
        let members = match kind {
            "module" | "trait" => &inner["items"],
            "impl" if inner["trait"].is_null() => &inner["items"],
            "struct" | "enum" => &inner["impls"],
            "function" | "macro" => &Value::Null,
            _ => return,
        };
        if kind != "impl" {
            let code = code(item["docs"].as_str().unwrap_or_default());
            items.push(Item { kind: kind.to_owned(), path: path.clone(), code });
        }
        for member in members.as_array().into_iter().flatten() {
            self.walk(member, &path, items, foreign);
        }
    }
}

/// The Rust code in a doc comment.
fn code(docs: &str) -> String {
    let blocks = docs.split("```").skip(1).step_by(2);
    blocks.filter(|block| !block.starts_with("text") && !block.starts_with("toml")).collect()
}

/// A type, trait, module, function or macro has its own example. A method has one, or is called in another one.
#[test]
#[ignore = "needs rustdoc's JSON: tests/supply nightly"]
fn each_public_item_has_an_example() {
    let (mut items, mut from_core) = (Vec::new(), HashSet::new());
    let runtime = Docs::read("graceful_runtime");
    runtime.walk(&runtime.0["root"], "", &mut items, &mut from_core);
    // The root has the guide's examples in `gracefully`.
    items.retain(|item| item.path != "::graceful_runtime");

    let core = Docs::read("graceful_core");
    let mut all_of_core = Vec::new();
    core.walk(&core.0["root"], "", &mut all_of_core, &mut HashSet::new());
    let public = |item: &Item| item.kind != "module" && item.path.split("::").any(|name| from_core.contains(name));
    items.extend(all_of_core.into_iter().filter(public));
    assert!(items.len() > 150, "only {} items", items.len());

    let all_code: String = items.iter().map(|item| &*item.code).collect();
    let is_called = |item: &Item| {
        let (parent, name) = item.path.rsplit_once("::").expect("a path");
        let is_method = parent.rsplit("::").next().is_some_and(|last| last.starts_with(char::is_uppercase));
        let calls = [".", "::"].map(|dot| ["(", "::<"].map(|end| format!("{dot}{name}{end}")));
        is_method && calls.iter().flatten().any(|call| all_code.contains(call))
    };
    let lacks_one = |item: &&Item| item.code.is_empty() && !is_called(item);
    let missing: Vec<_> = items.iter().filter(lacks_one).map(|item| &*item.path).collect();
    assert!(missing.is_empty(), "{} of {} items lack an example:\n{}", missing.len(), items.len(), missing.join("\n"));
}
