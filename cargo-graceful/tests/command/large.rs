//! A stream of 10 MB, as `helm template` writes for a whole company.

use std::fmt::Write as _;
use std::fs::File;
use std::process::Command;

use crate::call::{DEPLOYMENT, Folder};

/// In seconds of the processor. Without optimization it takes longer than the second that a user waits.
const TIME: u32 = if cfg!(debug_assertions) { 10 } else { 1 };

/// In KiB of address space, so that it holds for all that the process has.
const MEMORY: u32 = 100 << 10;

#[test]
fn ten_megabytes_in_a_second_and_a_hundred_megabytes() {
    const WORKLOADS: usize = 1_050;

    let folder = Folder::new("large");
    let notes: String = (0..100).fold(String::new(), |mut notes, note| {
        let _ = write!(notes, "  note-{note}: {}\n  ", "x".repeat(80));
        notes
    });
    let metadata = format!("metadata:\n  annotations:\n  {}name: ", notes);
    let document = |number: usize| {
        let name = format!("{metadata}api-{number}\n");
        let text = DEPLOYMENT.replacen("metadata: { name: api }\n", &name, 1);
        format!("---\n# Source: shop/templates/{number}.yaml\n{text}")
    };
    let stream: String = (0..WORKLOADS).map(document).collect();
    assert!(stream.len() > 10_000_000, "{}", stream.len());
    folder.write("stream.yaml", &stream);

    for format in ["human", "sarif"] {
        let limits = format!("ulimit -v {MEMORY}; ulimit -t {TIME}; exec \"$0\" \"$@\"");
        let output = Command::new("sh")
            .args(["-c", &limits, env!("CARGO_BIN_EXE_cargo-graceful"), "check", "app", "-f", "-", "--format", format])
            .current_dir(folder.path())
            .stdin(File::open(folder.path().join("stream.yaml")).unwrap())
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{format}: {}: {errors}", output.status);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.matches("grace-period-too-short").count() >= WORKLOADS, "{format}");
    }
}
