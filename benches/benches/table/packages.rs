//! The price of building: a separate package for each contender, with the idle service as its program, and one for the floor.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use graceful_benches::Unit;

use crate::contender::{ALL, Contender, LIBRARIES};
use crate::rounds::{Rounds, in_turn};
use crate::row::Row;

/// A line of every service, which a rebuild finds changed.
const LINE: &str = "println!(\"workers\");";

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const SCRATCH: &str = env!("CARGO_TARGET_TMPDIR");

/// The features of tokio that the service itself uses.
const TOKIO: &str = r#"tokio = { version = "1", features = ["macros", "rt-multi-thread", "signal"] }"#;

/// What graceful depends on, with the features that it uses.
const DEPENDENCIES: &str = r#"humantime = "2"
inventory = "0.3"
tokio = { version = "1", features = ["macros", "rt-multi-thread", "signal", "sync", "time"] }
tokio-util = "0.7"
tracing = { version = "0.1", default-features = false, features = ["std"] }"#;

/// Cargo compiles a dependency from a folder incrementally, and none from crates.io. Its debug information is twice as large.
const AS_PUBLISHED: &str = "[profile.dev.package.\"*\"]\nincremental = false\n";

pub(crate) fn rows(rounds: Rounds) -> Vec<Row> {
    let row = |title, unit| Row::new(title, unit).with_floor(LIBRARIES);
    let mut build = row("time of a cold release build", Unit::Seconds);
    let mut compiled = row("crates that are compiled", Unit::Number);
    let mut linked = row("crates that are linked", Unit::Number);
    let mut size = row("size of the binary", Unit::Bytes);
    let packages: Vec<_> = ALL.iter().map(Package::of).chain([Package::floor()]).collect();
    let all = build.measured();
    let target = Path::new(SCRATCH).join("cold");
    rounds.run("cold builds", Duration::ZERO, 3, |round| {
        for which in in_turn(&all, round) {
            let _ = fs::remove_dir_all(&target);
            let begin = Instant::now();
            packages[which].cargo(&["build", "--release", "--offline", "--target-dir", &target.to_string_lossy()]);
            build.push(which, begin.elapsed().as_secs_f64());
            if round == 0 {
                let binary = fs::metadata(target.join("release/service")).expect("cargo has built it");
                size.push(which, binary.len() as f64);
            }
        }
    });
    let _ = fs::remove_dir_all(&target);
    for (which, package) in packages.iter().enumerate() {
        compiled.push(which, package.crates("normal,build").len() as f64);
        linked.push(which, package.crates("normal,no-proc-macro").len() as f64);
    }
    let [debug, release] = [("debug", None), ("release", Some("--release"))]
        .map(|(profile, flag)| rebuild(rounds, profile, flag, &packages));
    vec![build, debug, release, compiled, linked, size]
}

/// Changes a line of the service, and builds it again.
fn rebuild(rounds: Rounds, profile: &str, flag: Option<&str>, packages: &[Package]) -> Row {
    let title = format!("time to rebuild after one changed line, {profile}");
    let mut row = Row::new(title, Unit::Seconds).with_floor(LIBRARIES);
    let target = Path::new(SCRATCH).join("rebuild");
    let build = |which: usize, change: usize| {
        let package = &packages[which];
        package.change(change);
        let target = target.join(package.name);
        let begin = Instant::now();
        let arguments = ["build", "--offline", "--target-dir", &*target.to_string_lossy()];
        package.cargo(&arguments.into_iter().chain(flag).collect::<Vec<_>>());
        begin.elapsed().as_secs_f64()
    };
    let all = row.measured();
    // The first build compiles the dependencies, and the second one is the first with an incremental cache.
    for &which in &all {
        build(which, 0);
        build(which, 1);
    }
    rounds.run(&row.title.clone(), Duration::ZERO, 11, |round| {
        for which in in_turn(&all, round) {
            row.push(which, build(which, round + 2));
        }
    });
    let _ = fs::remove_dir_all(&target);
    row
}

/// A package with the idle service.
struct Package {
    name: &'static str,
    source: &'static str,
    folder: PathBuf,
}

impl Package {
    fn of(contender: &Contender) -> Self {
        let dependency = contender.dependency.unwrap_or_default().replace("ROOT", ROOT);
        Self::write(contender.name, contender.source, &format!("{dependency}\n{TOKIO}"))
    }

    fn floor() -> Self {
        Self::write("libraries", include_str!("../../src/bin/serve_libraries.rs"), DEPENDENCIES)
    }

    fn write(name: &'static str, source: &'static str, dependencies: &str) -> Self {
        assert!(source.contains(LINE), "{name} has no such line");
        let folder = Path::new(SCRATCH).join(name);
        let manifest = format!(
            "[package]\nname = \"service\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [dependencies]\n{dependencies}\n\n[workspace]\n\n{AS_PUBLISHED}"
        );
        fs::create_dir_all(folder.join("src")).expect("a folder in the target directory");
        fs::write(folder.join("Cargo.toml"), manifest).expect("its manifest");
        fs::write(folder.join("src/main.rs"), source).expect("its source");
        // The versions that the other rows measure.
        fs::copy(Path::new(ROOT).join("Cargo.lock"), folder.join("Cargo.lock")).expect("the workspace is locked");
        Self { name, source, folder }
    }

    fn change(&self, change: usize) {
        let changed = self.source.replacen(LINE, &format!("println!(\"workers {change}\");"), 1);
        fs::write(self.folder.join("src/main.rs"), changed).expect("its source");
    }

    /// The crates in the tree, without the package itself.
    fn crates(&self, edges: &str) -> BTreeSet<String> {
        let tree = self.cargo(&["tree", "--offline", "--prefix", "none", "--format", "{p}", "--edges", edges]);
        // A line is `name vVERSION`, and may end in `(*)` or in the package's folder.
        tree.lines().skip(1).filter_map(|line| line.split(" (").next()).map(str::to_owned).collect()
    }

    fn cargo(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO"));
        // Whether it builds incrementally is the profile's choice.
        command.args(arguments).current_dir(&self.folder).env_remove("CARGO_INCREMENTAL");
        let output = command.output().expect("cargo runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("names are UTF-8")
    }
}
