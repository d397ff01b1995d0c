//! The metrics in the guide, in its alerts and in the dashboard are those that the code records.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Each metric's type: from its constant and its description.
fn recorded() -> BTreeMap<String, &'static str> {
    let code = read("graceful-runtime/src/metrics.rs");
    let constants = code.lines().filter_map(|line| line.strip_prefix("const ")?.strip_suffix("\";"));
    let metrics: BTreeMap<_, _> = constants
        .map(|constant| {
            let (constant, name) = constant.split_once(": &str = \"").expect("a name");
            let is_described = |kind: &&str| code.contains(&format!("describe_{kind}!({constant}, "));
            let kinds: Vec<_> = ["counter", "gauge", "histogram"].into_iter().filter(is_described).collect();
            assert_eq!(kinds.len(), 1, "{name} is described as {kinds:?}");
            (name.to_owned(), kinds[0])
        })
        .collect();
    assert_eq!(metrics.len(), code.matches("\"graceful_").count(), "each name is a constant");
    metrics
}

/// The metrics that a text names.
fn named(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let names = words.filter(|word| word.starts_with("graceful_") && *word != "graceful_plan");
    // The parts of a histogram, as Prometheus names them.
    let parts = |name: &str| {
        let whole = ["_sum", "_count", "_bucket"].iter().find_map(|part| name.strip_suffix(part));
        whole.unwrap_or(name).to_owned()
    };
    names.map(parts).collect()
}

#[test]
fn the_guide_lists_each_metric_with_its_type() {
    let (guide, metrics) = (read("docs/observability.md"), recorded());
    let rows: BTreeMap<_, _> = guide
        .lines()
        .filter_map(|line| line.strip_prefix("| `graceful_")?.split_once("` | "))
        .map(|(name, rest)| (format!("graceful_{name}"), rest.split(" | ").next().unwrap_or_default()))
        .collect();
    assert_eq!(rows, metrics);
    assert_eq!(named(&guide), metrics.into_keys().collect(), "also in the alerts");
}

#[test]
fn the_dashboard_shows_each_metric() {
    let text = read("examples/deploy/dashboard.json");
    let dashboard: Value = serde_json::from_str(&text).expect("JSON");
    let targets = dashboard["panels"].as_array().expect("panels").iter().flat_map(|panel| {
        panel["targets"].as_array().expect("queries").iter().map(|target| target["expr"].as_str().expect("a query"))
    });
    let queries: Vec<_> = targets.collect();
    assert_eq!(named(&queries.join("\n")), recorded().into_keys().collect());
}
