//! Builds the programs of the benchmarks, and counts.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;
use std::{env, fs};

use graceful_http_benches::{Load, Tool, count};

use crate::table::{Row, Table};

/// A thread that is late under valgrind only adds to a count, so it is the least of several runs.
const RUNS: usize = 7;
const RUNS_OF_REQUESTS: usize = 3;

/// The requests of the two runs whose difference is the instructions of the requests.
const REQUESTS: [u32; 2] = [200, 1_200];

/// The tasks of the programs that have tasks.
const TASKS: f64 = 10_000.0;

/// How much counts may change, in percent.
const MAX_CHANGE: f64 = 3.0;
/// Graceful's own part of a request is one or two percent of it, so a larger change would hide a multiple of that.
const MAX_CHANGE_OF_REQUESTS: f64 = 1.0;

/// Time for every thread to reach its wait, before the end begins.
const SETTLE_TIME: Duration = Duration::from_millis(200);

/// The programs with few and with many handlers. The difference is the cost of these handlers.
const HANDLERS: [(&str, &[&str]); 2] = [("3", &["handlers-3"]), ("100", &["handlers-100"])];

/// `None` if valgrind is not installed.
pub(crate) fn all() -> Option<Table> {
    let programs = Programs::build();
    let mut rows = vec![Row {
        title: "start and end of an idle service, instructions".to_owned(),
        graceful: programs.count(Tool::Callgrind, "serve_graceful", &[])?,
        by_hand: Some(programs.count(Tool::Callgrind, "serve_by_hand", &[])?),
        max_change: MAX_CHANGE,
    }];
    for (tool, unit) in [(Tool::Callgrind, "instructions"), (Tool::Dhat, "allocations")] {
        rows.push(Row {
            title: format!("a handler among 100, {unit}"),
            graceful: programs.per_handler(|(number, _)| programs.count(tool, &format!("handlers_{number}"), &[]))?,
            by_hand: Some(programs.per_handler(|(_, argument)| programs.count(tool, "work_by_hand", argument))?),
            max_change: MAX_CHANGE,
        });
    }
    let per_task = |program: &str| Some(programs.count(Tool::DhatBytes, program, &["tasks"])? / TASKS);
    rows.push(Row {
        title: "a task among 10 000, bytes".to_owned(),
        graceful: per_task("work_graceful")?,
        by_hand: per_task("work_by_hand"),
        max_change: MAX_CHANGE,
    });
    let loads = [
        ("a request over HTTP/1", Load::Http1 { connections: 1 }, &["serve", "both"][..]),
        ("a request over HTTP/2, one at a time", Load::Http2 { at_once: 1 }, &["serve"]),
        ("a request over HTTP/2, ten at a time", Load::Http2 { at_once: 10 }, &["serve"]),
    ];
    for (title, load, modes) in loads {
        let plain = programs.per_request(load, "plain")?;
        for mode in modes {
            let layer = if *mode == "both" { ", with the layer" } else { "" };
            rows.push(Row {
                title: format!("{title}{layer}, instructions"),
                graceful: programs.per_request(load, mode)?,
                by_hand: Some(plain),
                max_change: MAX_CHANGE_OF_REQUESTS,
            });
        }
    }
    rows.push(Row {
        title: "size of the idle service, stripped, KiB".to_owned(),
        graceful: programs.stripped("serve_graceful"),
        by_hand: Some(programs.stripped("serve_by_hand")),
        max_change: MAX_CHANGE,
    });
    rows.push(Row {
        title: "crates that are linked".to_owned(),
        graceful: linked_crates(),
        by_hand: None,
        max_change: MAX_CHANGE,
    });
    Some(Table { tools: tools(), rows })
}

/// The folder of the optimized programs.
struct Programs(PathBuf);

impl Programs {
    fn build() -> Self {
        let program = env::current_exe().expect("it is a file");
        let target = program.ancestors().nth(2).expect("a target directory");
        let build = |package: &str, programs: &[&str]| {
            let mut command = cargo();
            command
                .args(["build", "--quiet", "--locked", "--release", "--package", package, "--target-dir"])
                .arg(target);
            command.args(programs.iter().flat_map(|program| ["--bin", program]));
            assert!(command.status().expect("cargo runs").success(), "{package} does not compile");
        };
        // One after the other: together they would have each other's features.
        let programs =
            ["serve_graceful", "serve_by_hand", "handlers_3", "handlers_100", "work_by_hand", "work_graceful"];
        build("graceful-benches", &programs);
        build("graceful-http-benches", &["http_server"]);
        Self(target.join("release"))
    }

    fn count(&self, tool: Tool, program: &str, arguments: &[&str]) -> Option<f64> {
        let count = || {
            count(tool, &self.0.join(program), arguments, |line| {
                assert_eq!(line, "SIGTERM is safe", "{program}");
                sleep(SETTLE_TIME);
            })
        };
        least(RUNS, count)
    }

    fn per_handler(&self, count: impl Fn((&str, &[&str])) -> Option<f64>) -> Option<f64> {
        let [few, many] = HANDLERS.map(count);
        Some((many? - few?) / 97.0)
    }

    fn per_request(&self, load: Load, mode: &str) -> Option<f64> {
        least(RUNS_OF_REQUESTS, || load.instructions(&self.0.join("http_server"), mode, REQUESTS))
    }

    fn stripped(&self, program: &str) -> f64 {
        let stripped = self.0.join("stripped");
        let status = Command::new("strip").arg("-o").arg(&stripped).arg(self.0.join(program)).status();
        assert!(status.expect("a linker is installed, so strip is").success(), "{program}");
        (fs::metadata(&stripped).expect("strip has written it").len() as f64 / 1024.0).round()
    }
}

fn least(runs: usize, count: impl Fn() -> Option<f64>) -> Option<f64> {
    (0..runs).map(|_| count()).try_fold(f64::INFINITY, |least, count| Some(least.min(count?)))
}

fn linked_crates() -> f64 {
    let mut command = cargo();
    command.args(["tree", "--locked", "--package", "gracefully", "--edges", "normal,no-proc-macro"]);
    let tree = output_of(command.args(["--prefix", "none", "--format", "{p}"]));
    // A line is `name vVERSION`, and may end in `(*)` or in the package's folder.
    tree.lines().filter_map(|line| line.split(" (").next()).collect::<BTreeSet<_>>().len() as f64
}

/// The versions on which the counts depend, besides those in Cargo.lock.
fn tools() -> String {
    let version =
        |program: &str| output_of(Command::new(program).arg("--version")).lines().next().unwrap_or_default().to_owned();
    let rustc = version("rustc").split(" (").next().unwrap_or_default().to_owned();
    let c = version("ldd").rsplit(' ').next().unwrap_or_default().to_owned();
    format!("{rustc}, glibc {c}, {}", version("valgrind").replace('-', " "))
}

fn cargo() -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")));
    command
}

fn output_of(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}
