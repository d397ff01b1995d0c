//! The shipped files of all platforms, with something else in the middle.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use cargo_graceful::{Ending, run};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::call::{Folder, is_harmless};

/// Name and text of each shipped file.
static SHIPPED: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/deploy");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap()))
        .collect();
    files.sort();
    files
});

fn check(app: &Path, file: &Path, format: &str) -> (Ending, String) {
    let arguments: [OsString; 6] =
        ["check".into(), app.into(), "-f".into(), file.into(), "--format".into(), format.into()];
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let ending = run(arguments, &mut &b""[..], &mut stdout, &mut stderr);
    let [stdout, stderr] = [stdout, stderr].map(|text| String::from_utf8(text).unwrap());
    for text in [&stdout, &stderr] {
        assert!(text.chars().all(is_harmless), "{text:?}");
    }
    assert_eq!(ending == Ending::Failed, !stderr.is_empty(), "{stderr}");
    assert_eq!(stdout.is_empty(), ending == Ending::Failed && format == "human", "{stdout}");
    (ending, stdout)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_format_has_the_same_outcome(
        (file, place, length) in any::<(Index, Index, Index)>(),
        text in prop_oneof!["[ -~\n]{0,12}", "\\PC{0,6}", Just("\u{1b}[2J".to_owned()), Just("\u{202e}\t".to_owned())],
    ) {
        let folder = Folder::once("random");
        let (name, whole) = file.get(&SHIPPED);
        let mut characters: Vec<char> = whole.chars().collect();
        let start = place.index(characters.len());
        let end = start + length.index((characters.len() - start).min(20));
        characters.splice(start..end, text.chars());
        folder.write(name, characters.into_iter().collect::<String>());

        let [app, file] = ["app", name].map(|name| folder.path().join(name));
        let formats = ["human", "json", "github", "sarif", "junit"].map(|format| check(&app, &file, format));
        let [(ending, _), (_, json), _, (_, sarif), _] = &formats;
        prop_assert!(formats.iter().all(|(other, _)| other == ending));
        for text in [json, sarif] {
            let parsed = serde_json::from_str::<serde_json::Value>(text);
            prop_assert!(parsed.is_ok(), "{text}");
        }
    }
}
