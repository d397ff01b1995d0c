//! `cargo graceful units`: the units of systemd for an overlapping restart on one host, and the script that does it.
//!
//! Two instances of a template share the sockets: <https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html#Sockets=>

mod folder;
mod sockets;

use std::fmt::Write as _;
use std::path::Path;

use graceful_core::Signal;
use graceful_core::environment::PROBES;
use graceful_core::text::{escape, join, quote};
use graceful_manifest::Program;

use self::sockets::Listener;
use crate::error::Error;

pub(crate) use self::folder::write;
pub(crate) use self::sockets::{Given, listeners};

/// A longer name is not that of a unit: systemd.unit(5).
const MAX_NAME: usize = 255;

const SCRIPT: &str = include_str!("units/restart.sh");

/// A file of the output.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) is_script: bool,
}

/// The name that the units have from the program's file.
pub(crate) fn name(binary: &Path) -> Result<String, Error> {
    let name = binary.file_name().unwrap_or_default().to_string_lossy();
    let is_valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '-' | '_' | '.');
    if name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(is_valid) {
        return Ok(name.into_owned());
    }
    Err(Error::new(format!(
        "{} cannot be the name of a unit: rename the program to ASCII letters, digits and `:-_.`",
        quote(&name)
    )))
}

/// A socket unit for each listener, because a unit has one name for all its descriptors; the template of the two instances; and
/// the script.
pub(crate) fn files(program: &Program, name: &str, listeners: &[Listener]) -> Result<Vec<File>, Error> {
    if program.notifies_systemd == Some(false) {
        return Err(Error::new(
            "systemd cannot learn when the program is ready, because it was built without the feature `systemd`: add the feature \
             to `gracefully`",
        ));
    }
    let file = |name: String, text| File { name, text, is_script: false };
    let mut files = Vec::new();
    for listener in listeners {
        let unit = match listeners {
            [_] => format!("{name}.socket"),
            _ => format!("{name}-{}.socket", listener.name),
        };
        files.push(file(unit, socket(name, listener)));
    }
    let sockets: Vec<_> = files.iter().map(|file| &*file.name).collect();
    let service = service(program, name, &join(&sockets, " "));
    files.push(file(format!("{name}@.service"), service));
    if let Some(long) = files.iter().find(|file| file.name.len() > MAX_NAME) {
        return Err(Error::new(format!("{} is too long for the name of a unit", quote(&long.name))));
    }
    files.push(File { name: format!("restart-{name}"), text: SCRIPT.replace("NAME", name), is_script: true });
    Ok(files)
}

/// All files, each after a line with its name.
pub(crate) fn text(files: &[File]) -> String {
    let files: Vec<_> = files.iter().map(|File { name, text, .. }| format!("# {}\n{text}", escape(name))).collect();
    join(&files, "\n")
}

/// The unit whose sockets both instances get. A connection starts `a` if no instance is active.
fn socket(program: &str, Listener { name, listen }: &Listener) -> String {
    let listen = join(listen, "\n");
    format!(
        "[Socket]\n{listen}\nFileDescriptorName={name}\nService={program}@a.service\n\
         # A restart counts as two activations, and more than 20 within 2 s would close the socket.\n\
         TriggerLimitIntervalSec=0\n\n\
         [Install]\nWantedBy=sockets.target\n"
    )
}

fn service(program: &Program, name: &str, sockets: &str) -> String {
    // By default systemd makes the sockets blocking when it passes them on, also for the instance that has them already.
    let mut text = format!(
        "[Service]\nType=notify\nExecStart=/usr/local/bin/{name}\nSockets={sockets}\nNonBlocking=yes\nKillMode=mixed\n"
    );
    // `fmt::Write` for `String` never fails.
    if program.probes.is_some_and(|address| address.port() != 0) {
        let _ =
            writeln!(text, "# Only one of two instances can bind their address.\nEnvironment={}=off", PROBES.name());
    }
    let stop_signal = program.stop_signal();
    if let Some(signal) = stop_signal {
        let _ = writeln!(text, "KillSignal={signal}");
    }
    let signal = stop_signal.and_then(|signal| signal.parse().ok()).unwrap_or(Signal::Terminate);
    let needed = program.needed_time();
    let seconds = needed.as_secs().saturating_add(u64::from(needed.subsec_nanos() > 0));
    let _ = write!(
        text,
        "TimeoutStopSec={seconds}\nSuccessExitStatus={}\nRestart=on-failure\n\n[Install]\nWantedBy=multi-user.target\n",
        128 + u32::from(signal.number()),
    );
    text
}
