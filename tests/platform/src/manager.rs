//! A service manager: it listens, and does nothing.

use std::io::ErrorKind;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use graceful_process_tests::place::{Directory, unique};

/// Longer than any message takes on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A socket that plays systemd's side.
pub struct Manager {
    socket: UnixDatagram,
    /// What belongs into `NOTIFY_SOCKET`.
    pub name: String,
    _folder: Option<Directory>,
}

impl Manager {
    /// With a socket in a file system.
    ///
    /// # Panics
    ///
    /// When there can be none.
    #[must_use]
    pub fn at_a_path() -> Self {
        let folder = Directory::create();
        let path = folder.file("notify");
        let socket = UnixDatagram::bind(&path).expect("a socket");
        Self { socket, name: path, _folder: Some(folder) }
    }

    /// With an abstract socket.
    ///
    /// # Panics
    ///
    /// When there can be none.
    #[must_use]
    pub fn abstract_one() -> Self {
        let name = unique();
        let address = SocketAddr::from_abstract_name(&name).expect("a name");
        Self { socket: UnixDatagram::bind_addr(&address).expect("a socket"), name: format!("@{name}"), _folder: None }
    }

    /// The next message, if one comes in time.
    ///
    /// # Panics
    ///
    /// When the socket breaks, or what comes is no text.
    #[must_use]
    pub fn hear_within(&self, patience: Duration) -> Option<String> {
        let mut message = [0; 4096];
        self.socket.set_read_timeout(Some(patience)).expect("a timeout");
        loop {
            match self.socket.recv(&mut message) {
                Ok(length) => return Some(String::from_utf8(message[..length].to_vec()).expect("text")),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// The lines of the next message.
    ///
    /// # Panics
    ///
    /// When none comes.
    #[must_use]
    #[track_caller]
    pub fn hear(&self) -> Vec<String> {
        let message = self.hear_within(PATIENCE).expect("a message");
        assert!(message.ends_with('\n'), "{message:?}");
        message.lines().map(str::to_owned).collect()
    }

    /// What is there already: for when the service is gone.
    ///
    /// # Panics
    ///
    /// When the socket breaks.
    #[must_use]
    pub fn heard(&self) -> Vec<String> {
        self.socket.set_nonblocking(true).expect("a mode");
        std::iter::from_fn(|| self.hear_within(PATIENCE)).collect()
    }

    /// Fills the queue with messages of other processes. Returns how many it takes.
    ///
    /// One socket is not enough: where `net.unix.max_dgram_qlen` is large, as systemd sets it, its own send buffer is full
    /// first. The queue is full when a socket that has sent nothing yet can send nothing.
    ///
    /// # Panics
    ///
    /// When no socket can be opened to fill it from.
    #[must_use]
    pub fn fill(&self) -> usize {
        let address = self.socket.local_addr().expect("an address");
        let fill_from_one = || {
            let filler = UnixDatagram::unbound().expect("a socket");
            filler.set_nonblocking(true).expect("a mode");
            (0..).take_while(|_| filler.send_to_addr(b"STATUS=of another\n", &address).is_ok()).count()
        };
        std::iter::repeat_with(fill_from_one).take_while(|&sent| sent > 0).sum()
    }
}
