//! Where and when a benchmark ran, and the versions that it measured.

use std::fs;
use std::process::Command;
use std::thread;

const LOCK: &str = include_str!("../../Cargo.lock");

/// The date, the processors, the system, the compiler, and the load at this moment: call it before the first round.
#[must_use]
pub fn description() -> String {
    let date = output_of("date", &["--utc", "+%Y-%m-%d"]);
    let processors = thread::available_parallelism().map_or(0, usize::from);
    let information = read("/proc/cpuinfo");
    let model = information.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown", |(_, model)| model);
    let kernel = read("/proc/sys/kernel/osrelease");
    let rustc = output_of("rustc", &["--version"]);
    let rustc = rustc.split(' ').nth(1).unwrap_or("of an unknown version");
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or("unknown");
    format!(
        "Measured on {date}: {processors} processors ({model}), Linux {}, rustc {rustc}, load average {load} before the first round.",
        kernel.trim()
    )
}

/// The version of a package in the workspace's lock file: of several the newest, which is the last.
///
/// # Panics
///
/// If there is no such package.
#[must_use]
pub fn version(package: &str) -> &'static str {
    let entry = format!("\nname = \"{package}\"\nversion = \"");
    let (_, rest) = LOCK.rsplit_once(&entry).expect("the workspace is locked");
    rest.split('"').next().unwrap_or_default()
}

fn read(file: &str) -> String {
    fs::read_to_string(file).unwrap_or_default()
}

fn output_of(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().expect("the program is installed");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
