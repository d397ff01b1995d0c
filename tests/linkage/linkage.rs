//! Handlers and health checks must arrive, wherever they stand and however the program is built: they run, and their
//! records are in the finished binary.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::{env, fs};

use object::{Object, ObjectSection};
use serde_json::Value;

/// One line of each handler of `tests/linkage`, as module and function.
const HANDLERS: [&str; 15] = [
    "linkage_app::close",
    "linkage_app::in_a_body::close",
    "linkage_app::in_a_nested_body::close",
    "linkage_app::macro_made::first",
    "linkage_app::macro_made::second",
    "linkage_app::private::close",
    "linkage_app::private::nested::close",
    "linkage_app::private::nested::r#type",
    "linkage_direct::private::close",
    "linkage_direct::private::drain",
    "linkage_documented::close",
    "linkage_documented::leave",
    "linkage_transitive::close",
    "linkage_transitive::deep::er::close",
    "linkage_transitive::deep::er::inline",
];

/// One line of each health check.
const CHECKS: [&str; 4] = [
    "linkage_app::private::works",
    "linkage_direct::private::works",
    "linkage_documented::works",
    "linkage_transitive::deep::er::works",
];

#[test]
fn debug() {
    check("debug", &[], &[]);
}

/// What a release that is made as small as possible has.
#[test]
#[ignore = "takes a minute: ./test nightly runs it"]
fn small_release() {
    check("release", &["lto='fat'", "strip=true", "codegen-units=1"], &[]);
}

/// The ways of building that differ most in what reaches the binary. Each is a build, so plain `cargo test` leaves them.
#[test]
#[ignore = "takes minutes: ./test nightly runs it"]
fn matrix() {
    let linker = |name: &str| format!("-Clink-arg=-fuse-ld={name}");
    check("release", &[], &[]);
    check("release", &["lto='thin'"], &[]);
    check("release", &["lto='fat'"], &[]);
    check("release", &["opt-level='z'"], &[]);
    check("release", &["panic='abort'"], &[]);
    check("release", &["opt-level='z'", "lto='fat'", "codegen-units=1", "strip=true", "panic='abort'"], &[]);
    check("release", &["strip='symbols'"], &[]);
    check("debug", &[], &["-Clink-dead-code"]);
    if cfg!(all(target_os = "linux", target_env = "gnu")) {
        check("release", &[], &["-Ctarget-feature=+crt-static"]);
        for name in ["bfd", "gold", "lld", "mold"] {
            if has_linker(name) {
                check("release", &[], &[&linker(name)]);
                check("debug", &[], &[&linker(name), "-Clink-arg=-Wl,--gc-sections"]);
            } else {
                assert!(env::var_os("GRACEFUL_TEST_SERVERS").is_none(), "the linker {name} is not installed");
                println!("without the linker {name}, which is not installed");
            }
        }
    }
}

/// The runtime is in a shared library: its handlers, and the program's.
#[test]
#[cfg_attr(windows, ignore = "what a shared library of Rust exports is limited there")]
fn shared_library() {
    let output = cargo("run", "linkage-shared-app").stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let names: BTreeSet<&str> = text.lines().collect();
    assert_eq!(names, BTreeSet::from(["linkage_shared::close", "linkage_shared_app::close"]));
}

/// Debian's are all called `ld.` and their name.
fn has_linker(name: &str) -> bool {
    Command::new(format!("ld.{name}"))
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Builds with these keys of the profile, and these arguments for the last call of rustc, which links.
fn check(profile: &str, keys: &[&str], last: &[&str]) {
    println!("{profile} {} {}", keys.join(" "), last.join(" "));
    // They write to the same file.
    static BUILDS: Mutex<()> = Mutex::new(());
    let _alone = BUILDS.lock().unwrap_or_else(PoisonError::into_inner);
    let program = build(profile, keys, last);
    let expected: BTreeSet<String> = HANDLERS.iter().chain(&CHECKS).map(|&function| function.to_owned()).collect();
    assert_eq!(run(&program), expected, "what ran");
    if cfg!(any(target_os = "linux", target_vendor = "apple", windows)) {
        check_records(&records(&program));
    }
}

fn cargo(command: &str, package: &str) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(env!("CARGO_MANIFEST_DIR")).args([command, "--quiet", "--locked", "--package", package]);
    cargo
}

/// Where cargo puts what it builds for this workspace.
fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap()
}

fn build(profile: &str, keys: &[&str], last: &[&str]) -> PathBuf {
    let mut cargo = cargo("rustc", "linkage-app");
    if profile == "release" {
        cargo.arg("--release");
    }
    cargo.args(keys.iter().map(|key| format!("--config=profile.{profile}.{key}")));
    let status = cargo.arg("--").args(last).status().unwrap();
    assert!(status.success());
    target().join(profile).join(format!("linkage-app{}", env::consts::EXE_SUFFIX))
}

/// Each handler and each check prints its name, once.
fn run(program: &Path) -> BTreeSet<String> {
    let output = Command::new(program).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let names: BTreeSet<String> = text.lines().map(str::to_owned).collect();
    assert_eq!(text.lines().count(), names.len(), "some ran twice: {text}");
    names
}

fn records(program: &Path) -> Vec<Value> {
    let name = match env::consts::OS {
        "windows" => ".gracefl",
        "macos" => "__graceful",
        _ => "graceful_meta",
    };
    let file = fs::read(program).unwrap();
    let file = object::File::parse(&*file).unwrap();
    let section = file.section_by_name(name).unwrap().data().unwrap();
    let text = str::from_utf8(section).unwrap();
    text.split(['\n', '\0'])
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

fn check_records(records: &[Value]) {
    let of_kind = |kind: &str| records.iter().filter(|record| record["kind"] == kind).collect::<Vec<_>>();
    let (mains, handlers, checks) = (of_kind("main"), of_kind("handler"), of_kind("health_check"));
    // Of the runtime. It is linked with `Config::run`, which the program does not call, or with dead code.
    let runs = of_kind("run");
    assert!(runs.len() <= 1, "{runs:?}");
    assert_eq!(mains.len() + handlers.len() + checks.len() + runs.len(), records.len(), "{records:?}");
    for record in records {
        assert_eq!(record["graceful"], 1, "{record}");
    }

    let [main] = mains[..] else { panic!("{mains:?}") };
    assert_eq!(main["crate"], "linkage_app");
    assert_eq!(main["grace_period_ms"], 20_000);
    assert_eq!(main["lame_duck_ms"], Value::Null);
    assert_eq!(main["health_cache_ms"], 2_000);
    assert_eq!(main["signals"], serde_json::json!(["SIGTERM"]));
    assert_eq!(main["probes"], Value::Null);
    assert_eq!(source_line(main), "async fn main() {");

    check_functions(&handlers, &HANDLERS);
    let find = |name: &str| *handlers.iter().find(|handler| path(handler) == name).unwrap();
    let drain = find("linkage_direct::private::drain");
    assert_eq!(drain["name"], "the \"proxy\"\n");
    assert_eq!(drain["priority"], -7);
    assert_eq!(drain["timeout_ms"], 1_500);
    assert_eq!(drain["phase"], "drain");
    for (handler, before) in [
        ("linkage_direct::private::close", "linkage_transitive::close"),
        ("linkage_documented::leave", "linkage_documented::close"),
    ] {
        let after = &find(handler)["after"];
        assert_eq!((after.as_array().unwrap().len(), &after[0]["path"]), (1, &before.into()));
    }
    let plain = find("linkage_app::close");
    assert_eq!(plain["after"], Value::Null);
    assert_eq!(plain["name"], Value::Null);
    assert_eq!(plain["priority"], 0);
    assert_eq!(plain["timeout_ms"], Value::Null);
    assert_eq!(plain["phase"], "teardown");

    check_functions(&checks, &CHECKS);
    let find = |name: &str| *checks.iter().find(|check| path(check) == name).unwrap();
    let named = find("linkage_direct::private::works");
    assert_eq!(named["name"], "the \"proxy\"\n");
    assert_eq!(named["timeout_ms"], 1_500);
    let plain = find("linkage_app::private::works");
    assert_eq!(plain["name"], Value::Null);
    assert_eq!(plain["timeout_ms"], Value::Null);
}

/// A record for each function, with its place in the source.
fn check_functions(records: &[&Value], expected: &[&str]) {
    let mut paths: Vec<String> = records.iter().map(|record| path(record)).collect();
    paths.sort_unstable();
    assert_eq!(paths, expected, "what has a record");
    for record in records {
        assert!(source_line(record).contains(record["function"].as_str().unwrap()), "{record}");
    }
}

/// As the functions print it. A function's body is no module: there the handler's name tells them apart.
fn path(record: &Value) -> String {
    let text = |member: &str| record[member].as_str().unwrap_or_default();
    match text("name") {
        name if name.starts_with("in_a") => format!("{}::{name}::close", text("module")),
        _ if text("function") == "type" => format!("{}::r#type", text("module")),
        _ => format!("{}::{}", text("module"), text("function")),
    }
}

fn source_line(record: &Value) -> String {
    // Relative to the workspace.
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(record["file"].as_str().unwrap());
    let line = usize::try_from(record["line"].as_u64().unwrap()).unwrap();
    fs::read_to_string(file).unwrap().lines().nth(line - 1).unwrap().trim().to_owned()
}
