//! Reads the manifests.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use graceful_core::text::escape;

use super::lines::Lines;
use super::progress::Progress;
use crate::error::Error;

/// The name of standard input in messages.
pub(crate) const STDIN: &str = "<stdin>";

/// At most so many bytes of YAML are read, from all files together.
const LIMIT: u64 = 16 << 20;

/// The extensions that kubectl reads in a folder.
const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];

/// A value of `-f`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Input {
    Stdin,
    Path(PathBuf),
}

impl From<OsString> for Input {
    fn from(argument: OsString) -> Self {
        if argument == "-" { Self::Stdin } else { Self::Path(argument.into()) }
    }
}

/// The text of one file, and its name for messages.
#[derive(Debug)]
pub(crate) struct Text {
    pub(crate) name: String,
    pub(crate) text: String,
}

impl Text {
    /// The template that a line was rendered from, if the text came through a pipe. In a file the line itself counts.
    pub(crate) fn template(&self, line: usize) -> Option<&str> {
        if self.name == STDIN { Lines::new(&self.text).template(line) } else { None }
    }
}

/// Reads all inputs, the files of a folder in the order of their names.
pub(crate) fn read(inputs: &[Input], stdin: &mut dyn Read, mut progress: Progress<'_>) -> Result<Vec<Text>, Error> {
    if inputs.iter().filter(|input| **input == Input::Stdin).count() > 1 {
        return Err(Error::new("standard input can be read only once"));
    }
    let mut left = LIMIT;
    let mut texts = Vec::new();
    for input in inputs {
        match input {
            Input::Stdin => texts.push(text(STDIN.to_owned(), progress.of(&mut *stdin), &mut left)?),
            Input::Path(path) => {
                for file in files(path)? {
                    let open = File::open(&file).map_err(|error| cannot("open", &file, error))?;
                    texts.push(text(name(&file), progress.of(open), &mut left)?);
                }
            }
        }
    }
    Ok(texts)
}

/// The file itself, or the manifests in a folder. Subfolders are skipped: they often hold patches and variants, which
/// are not complete manifests.
fn files(path: &Path) -> Result<Vec<PathBuf>, Error> {
    let cannot = |error| cannot("open", path, error);
    if !fs::metadata(path).map_err(cannot)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(cannot)? {
        let file = entry.map_err(cannot)?.path();
        let extension = file.extension().and_then(|extension| extension.to_str());
        if extension.is_some_and(|extension| EXTENSIONS.contains(&extension)) && file.is_file() {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(Error::new(format!("the folder `{}` has no file *.yaml, *.yml or *.json", name(path))));
    }
    files.sort();
    Ok(files)
}

fn text(name: String, from: impl Read, left: &mut u64) -> Result<Text, Error> {
    let mut bytes = Vec::new();
    // One more byte shows that the limit is exceeded.
    let read = from.take(*left + 1).read_to_end(&mut bytes);
    read.map_err(|error| Error::new(format!("cannot read `{name}`: {error}")))?;
    *left = left.checked_sub(bytes.len() as u64).ok_or_else(|| {
        Error::new(format!("cannot read `{name}`: all manifests together are larger than {} MiB", LIMIT >> 20))
    })?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Text { name, text }),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let line = error.as_bytes().iter().take(valid).filter(|&&byte| byte == b'\n').count() + 1;
            Err(Error::new(format!("cannot read `{name}`: line {line} is not UTF-8")))
        }
    }
}

fn name(path: &Path) -> String {
    escape(&path.to_string_lossy())
}

fn cannot(what: &str, path: &Path, error: io::Error) -> Error {
    Error::new(format!("cannot {what} `{}`: {error}", name(path)))
}
