//! Which crates a program gets with graceful that it would not have with tokio alone.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use graceful_benches::goal;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const SCRATCH: &str = env!("CARGO_TARGET_TMPDIR");

/// What `#[tokio::main]` and signal handling by hand ask for.
const TOKIO: &str = r#"tokio = { version = "1", features = ["macros", "rt-multi-thread", "signal"] }"#;

/// Ours; what the issue allows; and what those bring.
const EXPECTED: [&str; 12] = [
    "graceful",
    "graceful-macros",
    "graceful-runtime",
    "humantime",
    "inventory",
    "tokio-util",
    "tracing",
    // Of tokio-util.
    "bytes",
    "futures-core",
    "futures-sink",
    // Of tracing.
    "once_cell",
    "tracing-core",
];

fn main() {
    let graceful = format!("graceful = {{ path = {ROOT:?} }}\n{TOKIO}");
    let ([with, with_macros], [without, without_macros]) = (crates("graceful", &graceful), crates("tokio", TOKIO));
    let extra: Vec<&String> = with.difference(&without).collect();
    let extra_macros: Vec<&String> = with_macros.difference(&without_macros).collect();

    println!("tree: crates of a hello world (`cargo tree -e normal`)\n");
    println!("  with tokio alone: {} linked, {} for macros", without.len(), without_macros.len());
    println!("  with graceful:    {} linked, {} for macros", with.len(), with_macros.len());
    println!("  more linked: {}", list(&extra));
    println!("  more for macros: {}\n", list(&extra_macros));
    let unexpected: Vec<_> = extra.into_iter().filter(|name| !EXPECTED.contains(&name.as_str())).collect();
    goal("no crate that is not accounted for", unexpected.is_empty(), list(&unexpected));
}

/// The names of the crates that are linked, and of those that only procedural macros need.
fn crates(name: &str, dependencies: &str) -> [BTreeSet<String>; 2] {
    let package = Path::new(SCRATCH).join(name);
    let manifest = format!(
        "[package]\nname = \"hello-{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}\n\n[workspace]\n"
    );
    fs::create_dir_all(package.join("src")).expect("a directory in the target directory");
    fs::write(package.join("Cargo.toml"), manifest).expect("its manifest");
    fs::write(package.join("src/main.rs"), "fn main() {}\n").expect("its source");
    // The versions of this workspace, whatever there is by now.
    fs::copy(Path::new(ROOT).join("Cargo.lock"), package.join("Cargo.lock")).expect("the workspace is locked");
    let linked = tree(&package, "normal,no-proc-macro");
    let all = tree(&package, "normal");
    let macros = all.difference(&linked).cloned().collect();
    [linked, macros]
}

fn tree(package: &Path, edges: &str) -> BTreeSet<String> {
    let arguments = ["tree", "--offline", "--prefix", "none", "--format", "{p}", "--edges", edges];
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(package).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).expect("names are UTF-8");
    tree.lines().skip(1).filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

fn list<T: AsRef<str>>(names: &[T]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ")
}
