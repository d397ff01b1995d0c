//! What rustdoc knows of a crate, as JSON. The script `tests/docs/rustdoc` writes it.

use std::{env, fs};

use serde_json::Value;

/// The items of one crate's documentation.
pub(crate) struct Docs(pub(crate) Value);

impl Docs {
    pub(crate) fn read(name: &str) -> Self {
        let target =
            env::var("CARGO_TARGET_DIR").unwrap_or(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target").into());
        let path = format!("{target}/doc/{name}.json");
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}: run tests/docs/rustdoc"));
        Self(serde_json::from_str(&text).expect("JSON"))
    }

    /// The item with this id, its kind and what is inside.
    pub(crate) fn item(&self, id: &Value) -> Option<(&Value, &str, &Value)> {
        let item = self.0["index"].get(id.to_string())?;
        let (kind, inner) = item["inner"].as_object()?.iter().next()?;
        Some((item, kind, inner))
    }
}
