//! The formats of files: how each is recognised, parsed and read.
//!
//! A new platform is a reader and an entry in [`FORMATS`]. A new syntax is a parser and an entry in [`SYNTAXES`].

use crate::check::Source;
use crate::declaration::Declarations;
use crate::error::{ErrorKind, Failure};
use crate::grant::Grant;
use crate::model::Model;
use crate::reader;
use crate::syntax::{dockerfile, hcl, toml, unit};
use crate::tree::{Position, Tree};
use crate::yaml;

/// At most so many ports, probes, variables and socket units of all processes together are read. Real files have far fewer.
const MAX_PARTS: usize = 2_000_000;

/// A parsed file.
#[derive(Debug)]
pub(crate) struct File<'a> {
    pub(crate) source: Source<'a>,
    syntax: &'static str,
    pub(crate) tree: Tree<'a>,
}

/// What the readers have found in the files.
#[derive(Debug, Default)]
pub(crate) struct Contents<'t> {
    /// The platforms whose files they are.
    pub(crate) platforms: Vec<&'static str>,
    pub(crate) grants: Grants<'t>,
    pub(crate) skipped: Vec<Skip>,
    pub(crate) declarations: Declarations,
    pub(crate) kubernetes: Model<'t>,
}

/// What is granted to each process that may be the program.
#[derive(Debug, Default)]
pub(crate) struct Grants<'t> {
    pub(crate) all: Vec<Grant<'t>>,
    /// The number of their ports, probes, variables and socket units.
    parts: usize,
}

impl<'t> Grants<'t> {
    /// # Errors
    ///
    /// If the grants have too many parts. One part of a file may be a part of many, as a service of all process groups.
    pub(crate) fn add(&mut self, grant: Grant<'t>) -> Result<(), Failure> {
        self.parts += grant.ports.len() + grant.probes.len() + grant.variables.len();
        self.parts += grant.unit.as_ref().map_or(0, |unit| unit.sockets.units.len());
        if self.parts > MAX_PARTS {
            let message = "too large: too many processes have the same probes, variables or sockets";
            return Err(Failure::new(ErrorKind::TooLarge, message).at(grant.position));
        }
        self.all.push(grant);
        Ok(())
    }
}

/// Something that is not checked.
#[derive(Debug)]
pub(crate) struct Skip {
    pub(crate) position: Position,
    pub(crate) object: String,
    pub(crate) reason: String,
}

struct Syntax {
    name: &'static str,
    recognises: fn(&Source<'_>) -> bool,
    parse: for<'a> fn(&'a str, u32) -> Result<Tree<'a>, Failure>,
}

/// The first one that recognises a file parses it.
const SYNTAXES: &[Syntax] = &[
    Syntax { name: "Dockerfile", recognises: is_dockerfile, parse: dockerfile::parse },
    Syntax { name: "unit", recognises: is_unit, parse: unit::parse },
    Syntax { name: "TOML", recognises: is_toml, parse: toml::parse },
    Syntax { name: "HCL", recognises: is_hcl, parse: hcl::parse },
    Syntax { name: "env", recognises: reader::compose::env_file::recognises, parse: reader::compose::env_file::parse },
    Syntax { name: "YAML", recognises: |_| true, parse: yaml::parse },
];

struct Format {
    /// The platform.
    name: &'static str,
    recognises: fn(&File<'_>) -> bool,
    /// Reads all files of the format, because they may belong together.
    read: for<'t> fn(&[&'t File<'t>], &mut Contents<'t>) -> Result<(), Failure>,
}

/// The first one that recognises a file reads it.
const FORMATS: &[Format] = &[
    Format { name: "Docker", recognises: |file| file.syntax == "Dockerfile", read: reader::dockerfile::read },
    Format { name: "systemd", recognises: |file| file.syntax == "unit", read: reader::systemd::read },
    Format { name: "Fly.io", recognises: |file| file.syntax == "TOML", read: reader::fly::read },
    Format {
        name: "Nomad",
        recognises: |file| file.syntax == "HCL" || reader::nomad::is_json(file),
        read: reader::nomad::read,
    },
    Format {
        name: "Docker Compose",
        recognises: |file| file.syntax == "env" || reader::compose::recognises(file),
        read: reader::compose::read,
    },
    Format { name: "Amazon ECS", recognises: reader::ecs::recognises, read: reader::ecs::read },
    Format { name: "Kubernetes", recognises: |file| file.syntax == "YAML", read: reader::kubernetes::read },
];

impl<'a> File<'a> {
    pub(crate) fn parse(source: Source<'a>, index: u32) -> Result<Self, Failure> {
        let found = SYNTAXES.iter().find(|syntax| (syntax.recognises)(&source));
        let &Syntax { name: syntax, parse, .. } = found.unwrap_or(&SYNTAXES[SYNTAXES.len() - 1]);
        Ok(Self { source, syntax, tree: parse(source.text, index)? })
    }
}

/// Reads all files, each with its format.
pub(crate) fn read<'t>(files: &'t [File<'t>]) -> Result<Contents<'t>, Failure> {
    let mut contents = Contents::default();
    for (file, index) in files.iter().zip(0..) {
        contents.declarations.add_comments(&file.source, index);
    }
    let mut left: Vec<&File<'_>> = files.iter().collect();
    for format in FORMATS {
        let (own, others) = left.into_iter().partition::<Vec<_>, _>(|file| (format.recognises)(file));
        if !own.is_empty() {
            contents.platforms.push(format.name);
        }
        (format.read)(&own, &mut contents)?;
        left = others;
    }
    for grant in &mut contents.grants.all {
        contents.declarations.bound(grant);
    }
    Ok(contents)
}

/// The name of the file without its folder.
pub(crate) fn file_name<'a>(source: &Source<'a>) -> &'a str {
    source.name.rsplit(['/', '\\']).next().unwrap_or_default()
}

/// What follows the last dot of the name.
fn extension<'a>(source: &Source<'a>) -> Option<&'a str> {
    file_name(source).rsplit_once('.').map(|(_, extension)| extension)
}

/// The first line that is neither empty nor a comment.
fn first_line<'a>(source: &Source<'a>) -> &'a str {
    let lines = source.text.trim_start_matches('\u{feff}').lines().map(str::trim);
    { lines }
        .find(|line| !line.is_empty() && !line.starts_with(['#', ';']) && !line.starts_with("//"))
        .unwrap_or_default()
}

/// `Dockerfile`, `Dockerfile.dev`, `api.dockerfile` and `Containerfile`, or a text that begins with `FROM`.
fn is_dockerfile(source: &Source<'_>) -> bool {
    let is_name = |name: &str| ["dockerfile", "containerfile"].iter().any(|file| name.eq_ignore_ascii_case(file));
    let name = file_name(source);
    let parts = [name.split('.').next(), extension(source)];
    let mut words = first_line(source).split_whitespace();
    let is_from = words.next().is_some_and(|word| word.eq_ignore_ascii_case("FROM"));
    parts.into_iter().flatten().any(is_name) || is_from && words.next().is_some()
}

/// A unit of a kind that systemd has, a drop-in, or a text that begins with a unit's section.
fn is_unit(source: &Source<'_>) -> bool {
    let is_drop_in = extension(source) == Some("conf") && source.name.contains(".d/");
    let is_section = matches!(first_line(source), "[Unit]" | "[Service]" | "[Socket]" | "[Install]");
    matches!(extension(source), Some("service" | "socket" | "timer" | "target" | "path")) || is_drop_in || is_section
}

/// A text in TOML, or one that begins as fly.toml does.
fn is_toml(source: &Source<'_>) -> bool {
    extension(source) == Some("toml") || first_line(source).starts_with("app = ")
}

/// A text in HCL, or one that begins with a job.
fn is_hcl(source: &Source<'_>) -> bool {
    let is_named = matches!(extension(source), Some("hcl" | "nomad"));
    let is_json = first_line(source).starts_with('{');
    is_named && !is_json || first_line(source).starts_with("job \"")
}
