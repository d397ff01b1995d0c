//! The sockets that systemd has passed to this process.
//!
//! <https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html>

use std::env::{self, VarError};
use std::io::{self, ErrorKind};
use std::mem;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::process;
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, Once, OnceLock, PoisonError};

use graceful_core::record::SocketKind;
use graceful_core::text::{join, quote};
use rustix::fs::{FileType, fstat, fstatfs};
use rustix::io::{FdFlags, fcntl_setfd, ioctl_fionbio};
use rustix::net::sockopt::{socket_acceptconn, socket_domain, socket_type};
use rustix::net::{AddressFamily, SocketType};
use rustix::process::{PidfdFlags, getpid, pidfd_open};

use crate::events;
use crate::program::program;

const PROCESS: &str = "LISTEN_PID";
const PROCESS_ID: &str = "LISTEN_PIDFDID";
const COUNT: &str = "LISTEN_FDS";
const NAMES: &str = "LISTEN_FDNAMES";

/// What sockets without names are called, as in systemd's own library.
const UNNAMED: &str = "unknown";

/// A process can have more descriptors than this only where that was set up for it.
const MAX_COUNT: usize = 1 << 20;

/// `PID_FS_MAGIC` in `linux/magic.h`: the file system in which a process has a number that is never used again, since Linux 6.9.
const PIDFS: i64 = 0x5049_4446;

/// What was passed.
enum Inherited {
    Nothing,
    /// The variables name another process.
    OfAnother(String),
    Unreadable(String),
    Sockets(Mutex<Vec<Passed>>),
}

struct Passed {
    name: String,
    number: RawFd,
    /// `None` if it is no socket. Several descriptors may be of one socket.
    socket: Option<u64>,
    state: State,
}

enum State {
    Here(OwnedFd),
    Taken,
}

/// Marks the descriptors as close-on-exec, so that children do not inherit them.
pub(crate) fn keep_from_children() {
    inherited();
}

fn inherited() -> &'static Inherited {
    static INHERITED: OnceLock<Inherited> = OnceLock::new();
    INHERITED.get_or_init(|| Inherited::read().unwrap_or_else(Inherited::Unreadable))
}

/// Takes the next socket of this name. `None` if there is none.
pub(super) fn take(name: &str, kind: SocketKind) -> io::Result<Option<OwnedFd>> {
    static TOLD: Once = Once::new();
    match inherited() {
        Inherited::Nothing => Ok(None),
        Inherited::OfAnother(process) => {
            TOLD.call_once(|| program().output.log(move || events::sockets_of_another(process)));
            Ok(None)
        }
        Inherited::Unreadable(why) => {
            Err(failed(ErrorKind::InvalidData, name, &format!("cannot read what systemd has passed: {why}")))
        }
        Inherited::Sockets(list) => take_from(&mut lock(list), name, kind),
    }
}

/// Logs, at the first call, the sockets that are not taken.
pub(crate) fn report_unclaimed() {
    static TOLD: Once = Once::new();
    let Inherited::Sockets(list) = inherited() else { return };
    TOLD.call_once(|| {
        let names = names(&lock(list), |passed| matches!(passed.state, State::Here(_)));
        if !names.is_empty() {
            program().output.log(move || events::unclaimed_sockets(&names));
        }
    });
}

fn take_from(list: &mut [Passed], name: &str, kind: SocketKind) -> io::Result<Option<OwnedFd>> {
    if list.iter().all(|passed| passed.name != name) {
        let (name, names) = (quote(name), names(list, |_| true));
        program().output.log(move || events::no_such_socket(&name, &names));
        return Ok(None);
    }
    let taken: Vec<_> = list
        .iter()
        .filter(|passed| matches!(passed.state, State::Taken))
        .map(|passed| (passed.socket, quote(&passed.name)))
        .collect();
    for passed in list.iter_mut().filter(|passed| passed.name == name) {
        let State::Here(descriptor) = &passed.state else { continue };
        passed.check(descriptor, kind, &taken)?;
        ioctl_fionbio(descriptor, true)?;
        if let State::Here(descriptor) = mem::replace(&mut passed.state, State::Taken) {
            return Ok(Some(descriptor));
        }
    }
    Err(failed(ErrorKind::AddrInUse, name, "it was taken before"))
}

impl Inherited {
    fn read() -> Result<Self, String> {
        let (Some(process), Some(count)) = (variable(PROCESS)?, variable(COUNT)?) else { return Ok(Self::Nothing) };
        let id = variable(PROCESS_ID)?.map(|id| number(PROCESS_ID, &id)).transpose()?;
        if number::<u32>(PROCESS, &process)? != process::id() || !id.is_none_or(is_own_id) {
            return Ok(Self::OfAnother(process));
        }
        let count: usize = number(COUNT, &count)?;
        if count > MAX_COUNT {
            return Err(format!("{COUNT} is {count}, and at most {MAX_COUNT} descriptors can be passed"));
        }
        if let Some(names) = variable(NAMES)?.map(|names| names.split(':').count())
            && names != count
        {
            return Err(format!("{NAMES} has {names} names for {COUNT}={count}"));
        }
        let passed = sd_listen_fds::get().map_err(|error| error.to_string())?;
        let passed = passed.into_iter().map(|(name, descriptor)| (name, descriptor.into_std()));
        Self::adopt(passed.collect())
    }

    fn adopt(passed: Vec<(Option<String>, OwnedFd)>) -> Result<Self, String> {
        for (_, descriptor) in &passed {
            if let Err(error) = fcntl_setfd(descriptor, FdFlags::CLOEXEC) {
                let message = format!("descriptor {}: {error}", descriptor.as_raw_fd());
                // Whatever they are, they are not closed here.
                passed.into_iter().for_each(|(_, descriptor)| mem::forget(descriptor));
                return Err(message);
            }
        }
        if passed.is_empty() {
            return Ok(Self::Nothing);
        }
        let list = passed.into_iter().map(|(name, descriptor)| Passed {
            name: name.unwrap_or_else(|| UNNAMED.to_owned()),
            number: descriptor.as_raw_fd(),
            socket: inode(&descriptor),
            state: State::Here(descriptor),
        });
        Ok(Self::Sockets(Mutex::new(list.collect())))
    }
}

impl Passed {
    /// # Errors
    ///
    /// If this is not what the program expects, or is what it has under another name.
    fn check(&self, descriptor: &OwnedFd, kind: SocketKind, taken: &[(Option<u64>, String)]) -> io::Result<()> {
        let passed = format!("systemd has passed descriptor {}", self.number);
        let why = match kind_of(descriptor) {
            Ok(found) if found == kind => match taken.iter().find(|(socket, _)| *socket == self.socket) {
                None => return Ok(()),
                Some((_, other)) => format!("{passed}, which is the same socket as {other}"),
            },
            found => {
                let found = found.map_or_else(|found| found, described);
                format!("{passed}, which is {found}; expected {}", described(kind))
            }
        };
        Err(failed(ErrorKind::InvalidInput, &self.name, &why))
    }
}

/// The kind in words, with the setting of systemd that passes it.
fn described(kind: SocketKind) -> &'static str {
    match kind {
        SocketKind::Tcp => "a TCP listener (`ListenStream=` with a port)",
        SocketKind::Unix => "a Unix stream listener (`ListenStream=` with a path)",
        SocketKind::Udp => "a UDP socket (`ListenDatagram=` with a port)",
    }
}

/// What the descriptor is. An error if it is nothing that can be taken.
fn kind_of(descriptor: &OwnedFd) -> Result<SocketKind, &'static str> {
    let (Ok(domain), Ok(kind)) = (socket_domain(descriptor), socket_type(descriptor)) else { return Err("no socket") };
    let is_internet = [AddressFamily::INET, AddressFamily::INET6].contains(&domain);
    match kind {
        SocketType::STREAM if !socket_acceptconn(descriptor).unwrap_or(false) => {
            Err("a socket that does not listen, such as a connection with `Accept=yes`")
        }
        SocketType::STREAM if is_internet => Ok(SocketKind::Tcp),
        SocketType::STREAM if domain == AddressFamily::UNIX => Ok(SocketKind::Unix),
        SocketType::DGRAM if is_internet => Ok(SocketKind::Udp),
        SocketType::DGRAM => Err("a datagram socket without a port"),
        _ => Err("a socket of another kind"),
    }
}

/// The number of the socket. `None` if it is none.
fn inode(descriptor: &OwnedFd) -> Option<u64> {
    let file = fstat(descriptor).ok()?;
    (FileType::from_raw_mode(file.st_mode) == FileType::Socket).then_some(file.st_ino)
}

/// Whether this is the number of this process. Where there are no such numbers, it cannot be another's.
fn is_own_id(id: u64) -> bool {
    let Ok(process) = pidfd_open(getpid(), PidfdFlags::empty()) else { return true };
    let (Ok(system), Ok(file)) = (fstatfs(&process), fstat(&process)) else { return true };
    system.f_type != PIDFS || file.st_ino == id
}

/// The value of a variable that is set to something.
fn variable(name: &str) -> Result<Option<String>, String> {
    match env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(format!("{name} is no text")),
    }
}

fn number<N: FromStr>(name: &str, value: &str) -> Result<N, String> {
    value.parse().map_err(|_| format!("{name} is {}, which is no number", quote(value)))
}

/// The names of some of the sockets, each in backticks.
fn names(list: &[Passed], wanted: fn(&Passed) -> bool) -> String {
    let names: Vec<_> = list.iter().filter(|passed| wanted(passed)).map(|passed| quote(&passed.name)).collect();
    join(&names, ", ")
}

fn failed(kind: ErrorKind, name: &str, why: &str) -> io::Error {
    io::Error::new(kind, format!("the socket {}: {why}", quote(name)))
}

fn lock(list: &Mutex<Vec<Passed>>) -> MutexGuard<'_, Vec<Passed>> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}
