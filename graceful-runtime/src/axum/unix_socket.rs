//! Binds a Unix socket whose file an earlier run may have left.

use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

/// How often the path may change between two steps before the bind fails.
const MAX_ATTEMPTS: usize = 8;

/// Binds a Unix socket, and replaces the file that an earlier run has left.
///
/// The file of a Unix socket stays when its process ends, and then `UnixListener::bind` fails. This function removes the file
/// if it is a socket on which nobody listens, and binds again. It never removes another kind of file, nor the socket of
/// a process that listens. If several programs bind one path at the same time, one of them gets it.
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
/// Cancel safe, except that the old file may stay in the directory, under a hidden name.
pub async fn bind_unix(path: impl AsRef<Path>) -> Result<UnixListener> {
    let path = path.as_ref();
    for _ in 0..MAX_ATTEMPTS {
        match UnixListener::bind(path) {
            Err(error) if error.kind() == ErrorKind::AddrInUse => remove_stale(path).await?,
            bound => return bound.map_err(|error| failed(path, &error)),
        }
    }
    Err(in_use(path, "other processes bind it at the same time"))
}

/// Removes the file of a socket on which nobody listens. Fails if somebody does.
async fn remove_stale(path: &Path) -> Result<()> {
    if !is_stale(path, path).await? {
        return Ok(());
    }
    // Another start may have replaced the file since. So the file is moved first, which only one process can do, and checked
    // again where nobody else replaces it.
    let aside = aside(path);
    match fs::rename(path, &aside) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        moved => moved.map_err(|error| failed(path, &error))?,
    }
    match is_stale(&aside, path).await {
        Ok(_) => fs::remove_file(&aside).map_err(|error| failed(path, &error)),
        Err(live) => {
            fs::rename(&aside, path).map_err(|error| failed(path, &error))?;
            Err(live)
        }
    }
}

/// Whether `at` is a socket on which nobody listens. `false` if nothing is there. An error, about `path`, if it is in use.
async fn is_stale(at: &Path, path: &Path) -> Result<bool> {
    match fs::symlink_metadata(at) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(failed(path, &error)),
        Ok(file) if !file.file_type().is_socket() => {
            return Err(in_use(path, "it is not a socket; remove it, or choose another path"));
        }
        Ok(_) => {}
    }
    match UnixStream::connect(at).await {
        Ok(connection) => Err(in_use(path, &format!("{} listens on it", listener(&connection)))),
        Err(error) => match error.kind() {
            ErrorKind::ConnectionRefused => Ok(true),
            ErrorKind::NotFound => Ok(false),
            // The path aside is longer, and too long to be asked again.
            ErrorKind::InvalidInput => Ok(true),
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

/// Where a file is moved. A process id would not be unique: containers may share the directory.
fn aside(path: &Path) -> PathBuf {
    let random = RandomState::new().build_hasher().finish();
    path.with_file_name(format!(".{random:016x}"))
}

fn in_use(path: &Path, why: &str) -> Error {
    Error::new(ErrorKind::AddrInUse, format!("cannot bind the socket {}: {why}", path.display()))
}

fn failed(path: &Path, error: &Error) -> Error {
    Error::new(error.kind(), format!("cannot bind the socket {}: {error}", path.display()))
}
