//! Signatures as text, from rustdoc's JSON. Paths are names, since rustdoc has a path as the source writes it.

use serde_json::Value;

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn joined(values: &Value, separator: &str, render: impl Fn(&Value) -> String) -> String {
    list(values).iter().map(render).collect::<Vec<_>>().join(separator)
}

/// The only member of an object: what kind of thing it is, and what is inside.
fn variant(value: &Value) -> (&str, &Value) {
    match value {
        Value::String(kind) => (kind, &Value::Null),
        _ => value
            .as_object()
            .and_then(|object| object.iter().next())
            .map_or(("", &Value::Null), |(kind, inner)| (kind, inner)),
    }
}

fn last(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

/// A path to a type or a trait, with its arguments.
pub(crate) fn path(path: &Value) -> String {
    format!("{}{}", last(text(&path["path"])), arguments(&path["args"]))
}

fn arguments(arguments: &Value) -> String {
    match variant(arguments) {
        ("angle_bracketed", inner) => {
            let mut all: Vec<_> = list(&inner["args"]).iter().map(argument).collect();
            all.extend(list(&inner["constraints"]).iter().map(constraint));
            if all.is_empty() { String::new() } else { format!("<{}>", all.join(", ")) }
        }
        ("parenthesized", inner) => format!("({}){}", joined(&inner["inputs"], ", ", ty), output(&inner["output"])),
        _ => String::new(),
    }
}

fn argument(argument: &Value) -> String {
    match variant(argument) {
        ("type", inner) => ty(inner),
        ("const", inner) => text(&inner["expr"]).to_owned(),
        ("lifetime", inner) => text(inner).to_owned(),
        _ => "_".to_owned(),
    }
}

fn constraint(constraint: &Value) -> String {
    let name = format!("{}{}", text(&constraint["name"]), arguments(&constraint["args"]));
    match variant(&constraint["binding"]) {
        ("equality", term) => format!("{name} = {}", argument(term)),
        (_, inner) => format!("{name}: {}", bounds(inner)),
    }
}

fn output(ty_or_null: &Value) -> String {
    if ty_or_null.is_null() { String::new() } else { format!(" -> {}", ty(ty_or_null)) }
}

pub(crate) fn ty(value: &Value) -> String {
    let (kind, inner) = variant(value);
    match kind {
        "resolved_path" => path(inner),
        "primitive" if text(inner) == "never" => "!".to_owned(),
        "primitive" | "generic" => text(inner).to_owned(),
        "tuple" => format!("({})", joined(inner, ", ", ty)),
        "slice" => format!("[{}]", ty(inner)),
        "array" => format!("[{}; {}]", ty(&inner["type"]), text(&inner["len"])),
        "impl_trait" => format!("impl {}", bounds(inner)),
        "dyn_trait" => {
            let lifetime = inner["lifetime"].as_str().map_or_else(String::new, |lifetime| format!(" + {lifetime}"));
            format!("dyn {}{lifetime}", joined(&inner["traits"], " + ", |bound| path(&bound["trait"])))
        }
        "borrowed_ref" => {
            let lifetime = inner["lifetime"].as_str().map_or_else(String::new, |lifetime| format!("{lifetime} "));
            let mutable = if inner["is_mutable"] == true { "mut " } else { "" };
            format!("&{lifetime}{mutable}{}", ty(&inner["type"]))
        }
        "function_pointer" => {
            let inputs = joined(&inner["sig"]["inputs"], ", ", |input| ty(&input[1]));
            format!("fn({inputs}){}", output(&inner["sig"]["output"]))
        }
        "qualified_path" => {
            let name = format!("{}{}", text(&inner["name"]), arguments(&inner["args"]));
            match (ty(&inner["self_type"]), path(&inner["trait"])) {
                (of, by) if by.is_empty() => format!("{of}::{name}"),
                (of, by) => format!("<{of} as {by}>::{name}"),
            }
        }
        _ => value.to_string(),
    }
}

fn bounds(bounds: &Value) -> String {
    joined(bounds, " + ", |bound| match variant(bound) {
        ("trait_bound", inner) => {
            let relaxed = if inner["modifier"] == "maybe" { "?" } else { "" };
            format!("{relaxed}{}", path(&inner["trait"]))
        }
        ("outlives", lifetime) => text(lifetime).to_owned(),
        (_, captured) => format!("use<{}>", joined(captured, ", ", |argument| text(variant(argument).1).to_owned())),
    })
}

/// The parameters in angle brackets, without those that stand for an `impl Trait`.
pub(crate) fn parameters(generics: &Value) -> String {
    let shown: Vec<_> = list(&generics["params"])
        .iter()
        .filter_map(|parameter| {
            let name = text(&parameter["name"]);
            match variant(&parameter["kind"]) {
                ("type", inner) if inner["is_synthetic"] == true => None,
                ("type", inner) if list(&inner["bounds"]).is_empty() => Some(name.to_owned()),
                ("type", inner) => Some(format!("{name}: {}", bounds(&inner["bounds"]))),
                ("const", inner) => Some(format!("const {name}: {}", ty(&inner["type"]))),
                _ => Some(name.to_owned()),
            }
        })
        .collect();
    if shown.is_empty() { String::new() } else { format!("<{}>", shown.join(", ")) }
}

/// The `where` clause.
pub(crate) fn predicates(generics: &Value) -> String {
    let shown = joined(&generics["where_predicates"], ", ", |predicate| match variant(predicate) {
        ("bound_predicate", inner) => format!("{}: {}", ty(&inner["type"]), bounds(&inner["bounds"])),
        (_, inner) => inner.to_string(),
    });
    if shown.is_empty() { shown } else { format!(" where {shown}") }
}

/// A function after its name.
pub(crate) fn signature(function: &Value) -> String {
    let (sig, generics) = (&function["sig"], &function["generics"]);
    let inputs = joined(&sig["inputs"], ", ", |input| match (text(&input[0]), ty(&input[1])) {
        ("self", by_value) if by_value == "Self" => "self".to_owned(),
        ("self", by_reference) if by_reference.ends_with("Self") => by_reference.replace("Self", "self"),
        (name, ty) => format!("{name}: {ty}"),
    });
    let asynchronous = if function["header"]["is_async"] == true { "async " } else { "" };
    let constant = if function["header"]["is_const"] == true { "const " } else { "" };
    format!(
        "{}({inputs}){}{}  [{constant}{asynchronous}fn]",
        parameters(generics),
        output(&sig["output"]),
        predicates(generics)
    )
    .replace("  [fn]", "")
}
