//! Calls without a path, which build the package's binary.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::sample::MAIN;

/// A package without dependencies, whose programs have records.
struct Package(PathBuf);

impl Package {
    fn new(test: &str, manifest: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("build").join(test);
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        let package = Self(folder);
        let manifest = format!("[package]\nname = \"shop\"\nedition = \"2024\"\n{manifest}\n[workspace]\n");
        package.write("Cargo.toml", &manifest);
        package
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A program with this grace period in its record.
    fn program(self, name: &str, grace_period: u32) -> Self {
        let record = MAIN.replace("20000", &grace_period.to_string()) + "\n";
        let section = if cfg!(target_os = "macos") { "__DATA,__graceful" } else { "graceful_meta" };
        self.write(
            name,
            &format!(
                "#[used]\n#[unsafe(link_section = \"{section}\")]\nstatic RECORD: [u8; {}] = *br#\"{record}\"#;\nfn main() {{}}\n",
                record.len()
            ),
        );
        self
    }

    /// Exit code, the first line of standard output, standard error.
    fn call(&self, line: &str) -> (i32, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_cargo-graceful"))
            .args(line.split_whitespace())
            .current_dir(&self.0)
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER")
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let first = text(output.stdout).lines().next().unwrap_or_default().to_owned();
        (output.status.code().unwrap(), first, text(output.stderr))
    }

    #[track_caller]
    fn shows(&self, line: &str, grace_period: &str) {
        let (code, first, errors) = self.call(line);
        assert_eq!(code, 0, "{errors}");
        assert!(first.ends_with(&format!(", grace period {grace_period}")), "{first}");
    }

    #[track_caller]
    fn fails(&self, line: &str, why: &str) {
        let (code, first, errors) = self.call(line);
        assert_eq!((code, &*first), (2, ""), "{errors}");
        let last = errors.lines().next_back().unwrap_or_default();
        assert!(last.starts_with(&format!("error: {why}")), "{errors}");
    }
}

#[test]
fn the_only_binary_is_built() {
    let package = Package::new("only", "").program("src/main.rs", 20_000);
    package.shows("graceful plan", "20 s");
    // What is built is what is there.
    let package = package.program("src/main.rs", 21_000);
    package.shows("graceful plan", "21 s");
    package.shows("plan --release", "21 s");
    assert!(package.0.join("target/release").is_dir());
    package.shows("plan --profile release --target-dir other", "21 s");
    assert!(package.0.join("other/release").is_dir());
    package.write("src/main.rs", "fn main() { 1 }");
    package.fails("plan", "`cargo build` failed for `shop` of package `shop`: ");
}

#[test]
fn one_of_several_is_chosen() {
    let package = Package::new("several", "default-run = \"shop\"")
        .program("src/main.rs", 20_000)
        .program("src/bin/admin.rs", 21_000)
        .program("examples/demo.rs", 22_000);
    package.shows("plan", "20 s");
    package.shows("plan --bin admin", "21 s");
    package.shows("plan --example demo -p shop", "22 s");
    package.fails("plan --bin admim", "no bin target is called `admim`: choose ");
    package.fails("plan --package ship", "the workspace has no package `ship`");

    let package = Package::new("undecided", "").program("src/main.rs", 20_000).program("src/bin/admin.rs", 21_000);
    package.fails("plan", "`admin` of package `shop`, `shop` of package `shop` can be meant: ");
}

#[test]
fn without_a_package() {
    let package = Package::new("none", "");
    package.write("src/lib.rs", "");
    package.fails("plan", "no bin target is in package `shop`: ");
    package.fails("plan --manifest-path Gargo.toml", "");
}

#[test]
fn features_reach_cargo() {
    let package = Package::new("features", "[features]\ndefault = [\"short\"]\nshort = []\nlong = []");
    let [short, long] = [20_000, 40_000].map(|grace_period| {
        let package = Package(package.0.clone()).program("src/main.rs", grace_period);
        fs::read_to_string(package.0.join("src/main.rs")).unwrap().replace("fn main() {}\n", "")
    });
    let long = format!("#[cfg(feature = \"long\")]\nmod long {{\n{long}}}\n");
    let short = format!("#[cfg(all(feature = \"short\", not(feature = \"long\")))]\nmod short {{\n{short}}}\n");
    package.write("src/main.rs", &format!("{long}{short}fn main() {{}}\n"));
    package.shows("plan", "20 s");
    package.shows("plan --features long", "40 s");
    package.shows("plan -F short,long --no-default-features", "40 s");
    package.shows("plan --all-features", "40 s");
    let (code, _, errors) = package.call("plan --no-default-features");
    assert_eq!(code, 2);
    assert!(errors.contains("has no section") || errors.contains("no function in it"), "{errors}");
}
