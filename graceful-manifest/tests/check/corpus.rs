//! Small files, each with the rules that it breaks in its first lines, most of them beside a neighbour that breaks none.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use graceful_manifest::{Check, ErrorKind, Program, Source};

use crate::cases::{secs, teardown};

/// The program of a file: `B` has the defaults of all keys.
fn program(name: &str) -> Program {
    let handlers = Some(vec![teardown("close", 0, 5)]);
    match name {
        "B" => Program { handlers, ..Program::default() },
        _ => Program {
            grace_period: secs(28),
            lame_duck: secs(5),
            drain_timeout: Some(secs(12)),
            probes: Some(SocketAddr::from(([0, 0, 0, 0], 8081))),
            handlers,
            ..Program::default()
        },
    }
}

/// The value of a comment such as `# expect: sidecar`.
fn comment<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    text.lines()
        .take_while(|line| line.starts_with('#'))
        .find_map(|line| line.strip_prefix("# ")?.strip_prefix(key)?.strip_prefix(": "))
}

/// The names of the broken rules in the order of their places, or the error.
fn broken(text: &str) -> String {
    let program = program(comment(text, "program").unwrap_or("A"));
    let mut check = Check::new(&program);
    if let Some(name) = comment(text, "container") {
        check = check.container(name);
    }
    match check.run(&[Source { name: "file.yaml", text }]) {
        Ok(outcome) => {
            let names: Vec<_> = outcome.findings.iter().map(|finding| finding.rule.name()).collect();
            if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
        }
        Err(error) if error.kind() == ErrorKind::Template => "template".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn each_file_breaks_the_rules_that_it_names() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manifests/kubernetes");
    let mut wrong = Vec::new();
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(!files.is_empty());
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let expected = comment(&text, "expect").or_else(|| comment(&text, "error")).expect("each file names its rules");
        let broken = broken(&text);
        if broken != expected {
            wrong.push(format!("{}: {broken}, not {expected}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
