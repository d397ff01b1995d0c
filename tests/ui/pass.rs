//! The programs in `examples` compile, run, and exit with 0.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn pass() {
    // target/debug/deps/pass-…, and cargo has built the examples beside it.
    let test = env::current_exe().unwrap();
    let folder = test.parent().and_then(Path::parent).unwrap().join("examples");
    let sources = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")).unwrap();
    let mut ran = 0;
    for source in sources {
        let source = source.unwrap().path();
        let program = folder.join(source.file_stem().unwrap()).with_extension(env::consts::EXE_EXTENSION);
        let output = Command::new(&program).output().unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        assert!(output.status.success(), "{}: {output:?}", source.display());
        ran += 1;
    }
    assert!(ran > 0);
}
