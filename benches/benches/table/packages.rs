//! The price of building: a separate package for each contender, with the idle service as its program.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use graceful_benches::Unit;

use crate::contender::{ALL, Contender};
use crate::rounds::{Rounds, in_turn};
use crate::row::Row;

/// A line of every service, which a rebuild finds changed.
const LINE: &str = "println!(\"workers\");";

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const SCRATCH: &str = env!("CARGO_TARGET_TMPDIR");

/// The features of tokio that the service itself uses.
const TOKIO: &str = r#"tokio = { version = "1", features = ["macros", "rt-multi-thread", "signal"] }"#;

pub(crate) fn rows(rounds: Rounds) -> Vec<Row> {
    let mut build = Row::new("time of a cold release build", Unit::Seconds);
    let mut compiled = Row::new("crates that are compiled", Unit::Number);
    let mut linked = Row::new("crates that are linked", Unit::Number);
    let mut size = Row::new("size of the binary", Unit::Bytes);
    let packages = ALL.each_ref().map(package);
    let all: [usize; ALL.len()] = std::array::from_fn(|which| which);
    let target = Path::new(SCRATCH).join("cold");
    rounds.run("cold builds", Duration::ZERO, 3, |round| {
        for which in in_turn(&all, round) {
            let _ = fs::remove_dir_all(&target);
            let begin = Instant::now();
            cargo(&packages[which], &["build", "--release", "--offline", "--target-dir", &target.to_string_lossy()]);
            build.push(which, begin.elapsed().as_secs_f64());
            if round == 0 {
                let binary = fs::metadata(target.join("release/service")).expect("cargo has built it");
                size.push(which, binary.len() as f64);
            }
        }
    });
    let _ = fs::remove_dir_all(&target);
    for (which, package) in packages.iter().enumerate() {
        compiled.push(which, crates(package, "normal,build").len() as f64);
        linked.push(which, crates(package, "normal,no-proc-macro").len() as f64);
    }
    let [debug, release] = [("debug", None), ("release", Some("--release"))]
        .map(|(profile, flag)| rebuild(rounds, profile, flag, &packages));
    vec![build, debug, release, compiled, linked, size]
}

/// Changes a line of the service, and builds it again.
fn rebuild(rounds: Rounds, profile: &str, flag: Option<&str>, packages: &[PathBuf; ALL.len()]) -> Row {
    let mut row = Row::new(format!("time to rebuild after one changed line, {profile}"), Unit::Seconds);
    let target = Path::new(SCRATCH).join("rebuild");
    let build = |which: usize, change: usize| {
        let source = ALL[which].source;
        assert!(source.contains(LINE), "{} has no such line", ALL[which].name);
        let changed = source.replacen(LINE, &format!("println!(\"workers {change}\");"), 1);
        fs::write(packages[which].join("src/main.rs"), changed).expect("its source");
        let target = target.join(ALL[which].name);
        let begin = Instant::now();
        let arguments = ["build", "--offline", "--target-dir", &*target.to_string_lossy()];
        cargo(&packages[which], &arguments.into_iter().chain(flag).collect::<Vec<_>>());
        begin.elapsed().as_secs_f64()
    };
    // The first build compiles the dependencies, and the second one is the first with an incremental cache.
    for which in row.contenders() {
        build(which, 0);
        build(which, 1);
    }
    let all = row.contenders();
    rounds.run(&row.title.clone(), Duration::ZERO, 11, |round| {
        for which in in_turn(&all, round) {
            row.push(which, build(which, round + 2));
        }
    });
    let _ = fs::remove_dir_all(&target);
    row
}

/// Writes a package with the idle service, and returns its folder.
fn package(contender: &Contender) -> PathBuf {
    let package = Path::new(SCRATCH).join(contender.name);
    let dependency = contender.dependency.unwrap_or_default().replace("ROOT", ROOT);
    let manifest = format!(
        "[package]\nname = \"service\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [dependencies]\n{dependency}\n{TOKIO}\n\n[workspace]\n"
    );
    fs::create_dir_all(package.join("src")).expect("a folder in the target directory");
    fs::write(package.join("Cargo.toml"), manifest).expect("its manifest");
    fs::write(package.join("src/main.rs"), contender.source).expect("its source");
    // The versions that the other rows measure.
    fs::copy(Path::new(ROOT).join("Cargo.lock"), package.join("Cargo.lock")).expect("the workspace is locked");
    package
}

/// The crates in the tree, without the package itself.
fn crates(package: &Path, edges: &str) -> BTreeSet<String> {
    let tree = cargo(package, &["tree", "--offline", "--prefix", "none", "--format", "{p}", "--edges", edges]);
    // A line is `name vVERSION`, and may end in `(*)` or in the package's folder.
    tree.lines().skip(1).filter_map(|line| line.split(" (").next()).map(str::to_owned).collect()
}

fn cargo(package: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO"));
    // Whether it builds incrementally is the profile's choice.
    command.args(arguments).current_dir(package).env_remove("CARGO_INCREMENTAL");
    let output = command.output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("names are UTF-8")
}
