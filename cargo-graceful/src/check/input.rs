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

/// Those of other platforms. A folder often has the files of several platforms, and is taken for one of Kubernetes.
const OTHER_EXTENSIONS: [&str; 4] = ["hcl", "nomad", "service", "socket"];

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

/// What the inputs hold.
#[derive(Debug, Default)]
pub(crate) struct Files {
    pub(crate) texts: Vec<Text>,
    /// The files of other platforms in the folders, which are not read.
    pub(crate) unread: Vec<String>,
}

/// Reads all inputs, the files of a folder in the order of their names.
pub(crate) fn read(inputs: &[Input], stdin: &mut dyn Read, mut progress: Progress<'_>) -> Result<Files, Error> {
    if inputs.iter().filter(|input| **input == Input::Stdin).count() > 1 {
        return Err(Error::new("standard input can be read only once"));
    }
    let mut left = LIMIT;
    let Files { mut texts, mut unread } = Files::default();
    for input in inputs {
        match input {
            Input::Stdin => texts.push(text(STDIN.to_owned(), progress.of(&mut *stdin), &mut left)?),
            Input::Path(path) => {
                for file in files(path, &mut unread)? {
                    let open = File::open(&file).map_err(|error| cannot("open", &file, error))?;
                    texts.push(text(name(&file), progress.of(open), &mut left)?);
                }
            }
        }
    }
    unread.retain(|unread| texts.iter().all(|text| text.name != *unread));
    unread.sort();
    Ok(Files { texts, unread })
}

/// The file itself, or the manifests in a folder. Subfolders are skipped: they often hold patches and variants, which
/// are not complete manifests.
fn files(path: &Path, unread: &mut Vec<String>) -> Result<Vec<PathBuf>, Error> {
    let cannot = |error| cannot("open", path, error);
    if !fs::metadata(path).map_err(cannot)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(cannot)? {
        let file = entry.map_err(cannot)?.path();
        let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let is_other = ["Dockerfile", "Containerfile", "fly.toml"].iter().any(|name| file.ends_with(name));
        if EXTENSIONS.contains(&extension) && file.is_file() {
            files.push(file);
        } else if is_other || OTHER_EXTENSIONS.contains(&extension) {
            unread.push(name(&file));
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
