//! Any bytes as a manifest, through the whole command.

#![no_main]

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use object::write::Object;
use object::{Architecture, BinaryFormat, Endianness, SectionKind};

const MAINS: [&str; 4] = [
    r#"{"graceful":1,"kind":"main","crate":"api","file":"src/main.rs","line":1}"#,
    r#"{"graceful":1,"kind":"main","crate":"api","grace_period_ms":28000,"lame_duck_ms":5000,"drain_timeout_ms":12000,"probes":"0.0.0.0:8081","file":"src/main.rs","line":1}"#,
    r#"{"graceful":1,"kind":"main","crate":"api","grace_period_ms":18446744073709551615,"lame_duck_ms":18446744073709551615,"signals":[],"probes":"[::1]:0","file":"","line":0}"#,
    r#"{"graceful":1,"kind":"main","crate":"api","grace_period_ms":0,"drain_timeout_ms":0,"signals":["SIGUSR1"],"file":"","line":0}"#,
];
const HANDLER: &str = r#"{"graceful":1,"kind":"handler","name":"x","function":"x","module":"api","priority":1,"timeout_ms":9000,"phase":"teardown","file":"","line":0}"#;
const FORMATS: [&str; 5] = ["human", "json", "github", "sarif", "junit"];

/// Of one name only per process, so that several can fuzz at once.
static BINARIES: LazyLock<Vec<PathBuf>> = LazyLock::new(|| {
    let write = |(index, main): (usize, &&str)| {
        let mut object = Object::new(BinaryFormat::Elf, Architecture::X86_64, Endianness::Little);
        let id = object.add_section(Vec::new(), b"graceful_meta".to_vec(), SectionKind::Data);
        object.append_section_data(id, format!("{main}\n{HANDLER}\n").as_bytes(), 1);
        let path = env::temp_dir().join(format!("cargo-graceful-fuzz-{}-{index}", process::id()));
        fs::write(&path, object.write().expect("an object with one section")).expect("a folder for temporary files");
        path
    };
    MAINS.iter().enumerate().map(write).collect()
});

fuzz_target!(|data: &[u8]| {
    let Some((&choice, mut yaml)) = data.split_first() else { return };
    let choice = usize::from(choice);
    let format = FORMATS[choice % FORMATS.len()];
    let binary = BINARIES[choice / FORMATS.len() % MAINS.len()].clone();
    let mut arguments: Vec<OsString> = vec!["check".into(), binary.into()];
    arguments.extend(["-f", "-", "--format", format].map(OsString::from));
    if choice >= 128 {
        arguments.extend(["--container", "api"].map(OsString::from));
    }
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let ending = cargo_graceful::run(arguments, &mut yaml, &mut stdout, &mut stderr);
    let stdout = String::from_utf8(stdout).expect("text");
    let stderr = String::from_utf8(stderr).expect("text");
    let is_plain = |text: &str| text.lines().all(|line| !line.contains(char::is_control));
    assert!(is_plain(&stderr) && stderr.lines().count() <= 1, "{stderr:?}");
    assert_eq!(ending.exit_code() == 2, !stderr.is_empty());
    assert_eq!(stdout.is_empty(), ending.exit_code() == 2 && format == "human");
    assert!(is_plain(&stdout), "{stdout:?}");
});
