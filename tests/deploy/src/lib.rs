//! A package of its own, written anew for each case, and compiled by cargo.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// A package that names a manifest.
pub struct Package {
    folder: PathBuf,
}

impl Package {
    /// In this folder of `CARGO_TARGET_TMPDIR`, so that it shares what the workspace has compiled. It is kept from one run to
    /// the next. It has the folder's name: cargo takes two packages of one name in one target directory for the same.
    ///
    /// # Panics
    ///
    /// When the folder can't be written.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        let name = folder.file_name().expect("a name").display();
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let package = Self { folder: folder.to_owned() };
        package.write(
            "Cargo.toml",
            &format!(
                "[workspace]\n[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\n\
                 gracefully = {{ path = {repository:?}, features = [\"kubernetes\", \"probes\"] }}\n"
            ),
        );
        // The versions that the repository has: nothing is fetched.
        fs::copy(repository.join("Cargo.lock"), folder.join("Cargo.lock")).expect("a copy of the lock file");
        package
    }

    /// Writes a file of it, unless it says that by now: what cargo finds newer than it was, it compiles anew.
    ///
    /// # Panics
    ///
    /// When it can't be written.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.folder.join(path);
        if fs::read_to_string(&path).is_ok_and(|found| found == text) {
            return;
        }
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// Writes a main with these keys.
    pub fn main(&self, keys: &str) {
        self.write("src/main.rs", &format!("#[graceful::main({keys})]\nasync fn main() {{}}\n"));
    }

    /// Compiles it: the error is what cargo says.
    ///
    /// # Errors
    ///
    /// When it doesn't compile.
    ///
    /// # Panics
    ///
    /// When cargo can't be run.
    pub fn check(&self) -> Result<(), String> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.args(["check", "--offline", "--quiet", "--color=never", "--target-dir=../.."]);
        let output = command.current_dir(&self.folder).output().expect("cargo");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(()) } else { Err(said) }
    }
}
