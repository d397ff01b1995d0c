//! The root file system of a container.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Adds a program, without its debug information, and the libraries that it loads.
pub fn add(root: &Path, program: &str, path: &str) {
    let target = below(root, path);
    output(Command::new("strip").arg("-o").arg(target).arg(program));
    for line in output(Command::new("ldd").arg(program)).lines() {
        // The kernel's library is no file.
        if let Some(library) = line.split_whitespace().find(|word| word.starts_with('/')) {
            fs::copy(library, below(root, library)).expect("a copy of a library");
        }
    }
}

/// Returns the path below the root, in a folder that exists.
fn below(root: &Path, path: &str) -> PathBuf {
    let target = root.join(path.trim_start_matches('/'));
    fs::create_dir_all(target.parent().expect("a folder")).expect("a folder");
    target
}

fn output(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}
