//! Binds a Unix socket whose file an earlier run may have left.

use std::fs::{self, File};
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// How long other starts may lock the directory. Each of them needs less than a millisecond.
const LOCK_TIMEOUT: Duration = Duration::from_secs(1);

/// Binds a Unix socket, and replaces the file that an earlier run has left.
///
/// The file of a Unix socket stays when its process ends, and then `UnixListener::bind` fails. This function removes the file
/// if it is a socket on which nobody listens, and binds again. It never removes another kind of file, nor the socket of
/// a process that listens. If several programs bind one path at the same time with this function, one of them gets it: the
/// directory is locked (`flock`) for that moment, at most for a second.
///
/// ```no_run
/// # mod graceful { pub use graceful_runtime::*; }
/// use axum::Router;
/// use axum::routing::get;
///
/// # async fn example() -> std::io::Result<()> {
/// let router = Router::new().route("/", get(async || "hello"));
/// let listener = graceful::axum::bind_unix("/run/my-service/http.sock").await?;
/// graceful::axum::serve(listener, router).await
/// # }
/// ```
///
/// # The file
///
/// **At the end** the file stays, and the next start replaces it. Do not remove it in a handler: the listener is closed when the
/// drain begins, and a successor may have bound the path since.
///
/// **Permissions.** The process's umask decides who may connect, which needs the permission to write: with 022 only the
/// user, with 002 the group too. Set it in the unit (`UMask=0007`), or restrict the directory. A `chmod` after the bind leaves a
/// moment in which others may connect.
///
/// # Errors
///
/// [`ErrorKind::AddrInUse`] if a process listens on the path, with its process id where the system knows it, or if the path is
/// no socket. [`ErrorKind::InvalidInput`] if the path is too long for a socket: most systems take about 100 bytes. Otherwise
/// the error of the system, for example without the permission to write to the directory. Each message has the path.
///
/// # Panics
///
/// If it is called outside of a tokio runtime with I/O enabled.
///
/// # Cancel safety
///
/// Cancel safe: the old file may have been removed.
#[cfg_attr(not(feature = "axum"), expect(unreachable_pub, reason = "public in the module `axum`"))]
pub async fn bind_unix(path: impl AsRef<Path>) -> Result<UnixListener> {
    let path = path.as_ref();
    // Between its bind and its listen another start looks like a socket on which nobody listens.
    let _lock = lock_directory(path).await;
    if is_stale(path).await? {
        fs::remove_file(path).map_err(|error| failed(path, &error))?;
    }
    UnixListener::bind(path).map_err(|error| failed(path, &error))
}

/// Locks the directory of a file until the returned value is dropped. `None` if that is not possible: the bind says why, or
/// the file system has no locks.
async fn lock_directory(path: &Path) -> Option<File> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let directory = File::open(directory).ok()?;
    let lock = spawn_blocking(move || flock(&directory, FlockOperation::LockExclusive).map(|()| directory));
    timeout(LOCK_TIMEOUT, lock).await.ok()?.ok()?.ok()
}

/// Whether the file is a socket on which nobody listens. `false` if nothing is there. An error if it is in use.
async fn is_stale(path: &Path) -> Result<bool> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(failed(path, &error)),
        Ok(file) if !file.file_type().is_socket() => {
            return Err(in_use(path, "it is not a socket; remove it, or choose another path"));
        }
        Ok(_) => {}
    }
    match UnixStream::connect(path).await {
        Ok(connection) => Err(in_use(path, &format!("{} listens on it", listener(&connection)))),
        Err(error) => match error.kind() {
            ErrorKind::ConnectionRefused => Ok(true),
            ErrorKind::NotFound => Ok(false),
            ErrorKind::WouldBlock => Err(in_use(path, "a process listens on it that accepts no connections")),
            _ => Err(in_use(path, &format!("whether a process listens on it is unknown: {error}"))),
        },
    }
}

fn listener(connection: &UnixStream) -> String {
    match connection.peer_cred().ok().and_then(|peer| peer.pid()) {
        // Zero: it is in another container.
        Some(pid @ 1..) => format!("process {pid}"),
        _ => "another process".to_owned(),
    }
}

fn in_use(path: &Path, why: &str) -> Error {
    Error::new(ErrorKind::AddrInUse, format!("cannot bind the socket {}: {why}", path.display()))
}

fn failed(path: &Path, error: &Error) -> Error {
    Error::new(error.kind(), format!("cannot bind the socket {}: {error}", path.display()))
}
