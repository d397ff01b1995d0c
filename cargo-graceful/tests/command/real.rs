//! The program of `tests/linkage`, as cargo builds it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_graceful::Program;
use object::{File, Object};

#[test]
fn debug() {
    let program = build(&[], "debug");
    check(&program);

    if cfg!(target_os = "linux") {
        let stripped = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stripped");
        fs::copy(&program, &stripped).unwrap();
        let strip = Command::new("strip").arg("--strip-all").arg(&stripped).status();
        match strip {
            Ok(status) => assert!(status.success()),
            Err(error) => {
                eprintln!("not tested stripped: {error}");
                return;
            }
        }
        let length = |path: &Path| fs::metadata(path).unwrap().len();
        assert!(length(&stripped) < length(&program));
        assert!(has_symbols(&program) && !has_symbols(&stripped));
        check(&stripped);
    }
}

#[test]
#[ignore = "takes a minute: ./test nightly runs it"]
fn stripped_with_fat_lto() {
    let program = build(
        &[
            "--release",
            "--config=profile.release.lto='fat'",
            "--config=profile.release.strip=true",
            "--config=profile.release.codegen-units=1",
        ],
        "release",
    );
    check(&program);
}

/// Built with the target directory of this workspace, as `tests/linkage` does, so that it is built once.
fn build(arguments: &[&str], folder: &str) -> PathBuf {
    let status = Command::new(env!("CARGO"))
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .args(["build", "--quiet", "--locked", "--package=linkage-app"])
        .args(arguments)
        .status()
        .unwrap();
    assert!(status.success());
    Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .unwrap()
        .join(folder)
        .join(format!("linkage-app{}", env::consts::EXE_SUFFIX))
}

fn has_symbols(path: &Path) -> bool {
    let binary = fs::read(path).unwrap();
    File::parse(&*binary).unwrap().symbols().next().is_some()
}

fn check(path: &Path) {
    let program = Program::open(path).unwrap();
    assert_eq!(program.warnings, [""; 0]);
    let main = program.main.unwrap();
    assert_eq!(main.krate, "linkage_app");
    assert_eq!(program.signals, ["SIGTERM"]);
    assert_eq!(program.plan.grace_period().as_secs(), 20);
    assert_eq!(program.plan.handlers().len(), 15);
    let handlers = program.plan.handlers().iter();
    let after: Vec<_> = handlers.flat_map(|handler| handler.after().map(|before| (handler.name(), before))).collect();
    assert_eq!(after, [("leave", "close"), ("private::close", "close")]);
    let names: Vec<_> = program.health_checks.iter().map(|check| &*check.name).collect();
    assert_eq!(names, ["deep::er::works", "private::works", "the \"proxy\"\n", "works"]);
    let picture = program.plan.to_string();
    assert!(
        picture.starts_with("shutdown plan: 15 handlers, 15 s in the worst case, grace period 20 s\n"),
        "{picture}"
    );
    assert!(picture.ends_with("\nfits, with 5 s to spare"), "{picture}");
}
