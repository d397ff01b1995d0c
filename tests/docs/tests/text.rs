//! The rules for text that a machine can check.

use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Phrases that read like a translation. Each has a plain word: after, its own, continues, compare, abandon, replace.
const BANNED: [&str; 16] = [
    "held against",
    "holds it against",
    "hold it against",
    "of its own",
    "of their own",
    "of one's own",
    "of your own",
    "goes on",
    "go on",
    "lets go",
    "in vain",
    "told of",
    "hears of",
    "whoever",
    "takes the place of",
    "to be had",
];

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Everything in Markdown that a user or a contributor reads.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(ROOT);
    let folders = [
        ".",
        "docs",
        "docs/migrating",
        "examples",
        "tests",
        "benches",
        "graceful-macros/docs",
        "graceful-manifest/src/rule/pages",
        "cargo-graceful",
    ];
    let mut pages: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| fs::read_dir(root.join(folder)).expect("a folder"))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    pages.sort();
    assert!(pages.len() > 25, "{pages:?}");
    pages
}

/// The files of the guide, as paths in `docs`.
fn chapters() -> Vec<String> {
    let docs = Path::new(ROOT).join("docs");
    let in_docs = |page: &PathBuf| page.strip_prefix(&docs).ok().and_then(Path::to_str).map(str::to_owned);
    let chapters: Vec<_> = pages().iter().filter_map(in_docs).filter(|page| page != "releasing.md").collect();
    assert!(chapters.len() > 20, "{chapters:?}");
    chapters
}

/// The lines of a page with their numbers, and whether each is in a fenced block.
fn lines(text: &str) -> Vec<(usize, bool, &str)> {
    let mut in_code = false;
    let line = |(number, line): (usize, _)| {
        let fence = str::trim_start(line).starts_with("```");
        in_code ^= fence;
        (number + 1, in_code || fence, line)
    };
    text.lines().enumerate().map(line).collect()
}

/// The targets of the links in a line: `[text](target)`, or `[text]: target`.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    let inline = line.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    let defined = line.strip_prefix('[').and_then(|rest| rest.split_once("]: ")).map(|(_, target)| target);
    inline.chain(defined)
}

#[test]
fn the_readme_is_short_and_its_code_is_narrow() {
    let readme = read(&Path::new(ROOT).join("README.md"));
    assert!(readme.lines().count() <= 200, "{} lines", readme.lines().count());
    for (number, in_code, line) in lines(&readme) {
        assert!(!in_code || line.chars().count() <= 80, "README.md:{number} is {} wide", line.chars().count());
    }
}

#[test]
fn every_page_of_docs_is_a_chapter_and_its_code_is_compiled() {
    let guide = read(&Path::new(ROOT).join("src/guide.rs"));
    let compiled = read(&Path::new(ROOT).join("tests/docs/src/lib.rs"));
    for chapter in chapters() {
        assert!(guide.contains(&format!("{chapter:?}")), "src/guide.rs has no chapter {chapter}");
        assert!(compiled.contains(&format!("\"docs/{chapter}\"")), "tests/docs/src/lib.rs does not compile {chapter}");
    }
}

#[test]
fn the_code_of_the_guide_is_narrow() {
    for chapter in chapters() {
        let text = read(&Path::new(ROOT).join("docs").join(&chapter));
        let mut is_output = false;
        for (number, in_code, line) in lines(&text) {
            if line.starts_with("```") {
                // Output is as wide as it is.
                is_output = line == "```text" || line == "```console";
            }
            let width = line.chars().count();
            assert!(!in_code || is_output || width <= 100, "docs/{chapter}:{number} is {width} wide");
        }
    }
}

/// Code that is not compiled, because it would need a large dependency, is that of an example or of tests/versions.
#[test]
fn ignored_code_of_the_guide_is_compiled_elsewhere() {
    let files = |folder: &str| {
        let entries = fs::read_dir(Path::new(ROOT).join(folder)).expect("a folder");
        entries.map(|entry| entry.expect("an entry").path())
    };
    let sources = files("examples").map(|example| example.join("src/main.rs")).chain(files("tests/versions/src/bin"));
    let sources: String = sources.filter(|source| source.exists()).map(|source| read(&source)).collect();
    for chapter in chapters() {
        let text = read(&Path::new(ROOT).join("docs").join(&chapter));
        for block in text.split("```rust,ignore\n").skip(1) {
            let block = block.split("```").next().unwrap_or_default();
            for line in block.lines() {
                assert!(sources.lines().any(|other| other == line), "docs/{chapter}: no program has: {line}");
            }
        }
    }
}

#[test]
fn no_link_to_a_file_is_dead() {
    let mut links = 0;
    for page in pages() {
        let text = read(&page);
        for (number, _, line) in lines(&text).into_iter().filter(|(_, in_code, _)| !in_code) {
            for target in targets(line) {
                // Others are of rustdoc, which checks them, and of the pages of the attributes.
                let is_other = target.contains("://") || target.contains('@') || target.contains("::");
                if is_other || target.starts_with('#') || target.contains(".html") {
                    continue;
                }
                links += 1;
                let file = page.parent().expect("a folder").join(target);
                assert!(file.exists(), "{}:{number}: no file {target}", page.display());
            }
        }
    }
    assert!(links > 20, "only {links} links");
}

/// rustdoc does not know that these pages are part of the library, so their links to it are relative paths.
#[test]
fn no_link_of_an_attribute_is_dead() {
    let library = read(&Path::new(ROOT).join("src/lib.rs"));
    let guide = read(&Path::new(ROOT).join("src/guide.rs"));
    let is_separator = |c: char| !c.is_alphanumeric() && c != '_';
    let names: Vec<_> = library.split(is_separator).collect();
    let chapters: Vec<_> = guide.split(is_separator).collect();
    let mut links = 0;
    for page in
        pages().iter().filter(|page| page.parent().is_some_and(|folder| folder.ends_with("graceful-macros/docs")))
    {
        let text = read(page);
        for (number, _, line) in lines(&text).into_iter().filter(|(_, in_code, _)| !in_code) {
            for target in targets(line).filter(|target| target.contains(".html")) {
                links += 1;
                let (path, _) = target.split_once(".html").expect("a page");
                let exists = match path.strip_prefix("guide/").and_then(|path| path.strip_suffix("/index")) {
                    Some(chapter) => chapters.contains(&chapter),
                    None => path.split_once('.').is_some_and(|(_, name)| names.contains(&name)),
                };
                assert!(exists, "{}:{number}: the library has no {target}", page.display());
            }
        }
    }
    assert!(links > 20, "only {links} links");
}

#[test]
fn no_phrase_reads_like_a_translation() {
    let mut found = Vec::new();
    for page in pages().iter().filter(|page| !page.ends_with("CHANGELOG.md")) {
        let text = read(page);
        for (number, _, line) in lines(&text).into_iter().filter(|(_, in_code, _)| !in_code) {
            let line = line.to_lowercase();
            let banned = BANNED.iter().filter(|phrase| line.contains(*phrase));
            found.extend(banned.map(|phrase| format!("{}:{number}: {phrase}", page.display())));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
