//! What a program that uses it has to download, compile and carry: a package of its own for each contender.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::contender::{ALL, BY_HAND, Contender};
use crate::rounds::{in_turn, rounds};
use crate::row::Row;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const SCRATCH: &str = env!("CARGO_TARGET_TMPDIR");

/// What the service asks of tokio itself.
const TOKIO: &str = r#"tokio = { version = "1", features = ["macros", "rt-multi-thread", "signal"] }"#;

pub(crate) fn rows() -> Vec<Row> {
    let mut size = Row::building("the service's binary", "KiB", BY_HAND);
    let mut linked = Row::building("crates that are linked", "number", BY_HAND);
    let mut all = Row::building("crates that are compiled", "number", BY_HAND);
    for (which, contender) in ALL.iter().enumerate() {
        size.push(which, kibibytes(Path::new(contender.serve)));
        let package = package(contender);
        linked.push(which, crates(&package, "normal,no-proc-macro").len() as f64);
        all.push(which, crates(&package, "normal,build").len() as f64);
    }
    vec![size, linked, all]
}

/// Each in a target directory that is new every time.
pub(crate) fn cold() -> Vec<Row> {
    let mut time = Row::building("a cold build, release", "s", BY_HAND);
    let mut size = Row::building("the binary that it makes", "KiB", BY_HAND);
    let packages = ALL.each_ref().map(package);
    rounds("cold builds", std::time::Duration::ZERO, 3, |round| {
        for which in in_turn(&[0, 1, 2, 3, 4, 5, 6], round) {
            let target = Path::new(SCRATCH).join("cold");
            let _ = fs::remove_dir_all(&target);
            let begin = Instant::now();
            cargo(&packages[which], &["build", "--release", "--offline", "--target-dir", &target.to_string_lossy()]);
            time.push(which, begin.elapsed().as_secs_f64());
            if round == 0 {
                size.push(which, kibibytes(&target.join("release/service")));
            }
            let _ = fs::remove_dir_all(&target);
        }
    });
    vec![time, size]
}

fn kibibytes(file: &Path) -> f64 {
    fs::metadata(file).expect("it is built").len() as f64 / 1024.0
}

/// With the service that has nothing to do.
fn package(contender: &Contender) -> PathBuf {
    let package = Path::new(SCRATCH).join(contender.key);
    let dependency = contender.dependency.unwrap_or_default().replace("ROOT", ROOT);
    let manifest = format!(
        "[package]\nname = \"service\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [dependencies]\n{dependency}\n{TOKIO}\n\n[workspace]\n"
    );
    fs::create_dir_all(package.join("src")).expect("a directory in the target directory");
    fs::write(package.join("Cargo.toml"), manifest).expect("its manifest");
    fs::write(package.join("src/main.rs"), contender.source).expect("its source");
    // The versions of this workspace, whatever there is by now.
    fs::copy(Path::new(ROOT).join("Cargo.lock"), package.join("Cargo.lock")).expect("the workspace is locked");
    package
}

/// Without the package itself.
fn crates(package: &Path, edges: &str) -> BTreeSet<String> {
    let tree = cargo(package, &["tree", "--offline", "--prefix", "none", "--format", "{p}", "--edges", edges]);
    tree.lines().skip(1).filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

fn cargo(package: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(package).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("names are UTF-8")
}
