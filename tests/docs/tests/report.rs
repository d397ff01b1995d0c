//! The report in docs/observability.md is one that a program reads, and writes as it is there.

use serde_json::{Value, from_str, to_value};

/// Each member of an object, and of the objects in it.
fn members<'a>(value: &'a Value, names: &mut Vec<&'a str>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                names.push(name);
                members(value, names);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| members(value, names)),
        _ => {}
    }
}

#[test]
fn the_example_is_a_report() {
    let page = include_str!("../../../docs/observability.md");
    let (_, rest) = page.split_once("```json\n").expect("an example");
    let (example, rest) = rest.split_once("```").expect("its end");
    let report: graceful::Report = from_str(example).expect("a report");
    let mut expected: Value = from_str(example).expect("JSON");
    for of_the_line in ["level", "target", "message"] {
        expected.as_object_mut().expect("an object").remove(of_the_line);
    }
    assert_eq!(to_value(&report).expect("JSON"), expected);

    let (table, _) = rest.split_once("\n`cut` counts").expect("the tables");
    let mut names = Vec::new();
    members(&expected, &mut names);
    let missing: Vec<_> = names.into_iter().filter(|name| !table.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "docs/observability.md does not explain {missing:?}");
}
