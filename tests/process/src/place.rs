//! Ports and a directory of one's own, for the servers that a test needs.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::{env, fs, process};

/// Below those that the kernel gives to outgoing connections: one of these could have the port just when the replacement
/// wants it.
const FIRST_PORT: u16 = 12_000;
const PORTS: u16 = 20_000;

/// An address that nobody has, and nobody else in this process gets.
#[must_use]
pub fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);

    // Two processes that run the tests at the same time begin at different ports.
    let begin = process::id() * 61 % u32::from(PORTS);
    loop {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        assert!(step < PORTS, "no port is free");
        let port = (begin + u32::from(step)) % u32::from(PORTS);
        let port = FIRST_PORT + u16::try_from(port).expect("less than PORTS");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

/// A name that nobody else uses meanwhile.
#[must_use]
pub fn unique() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);

    format!("graceful-{}-{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A directory that is removed with all that is in it.
pub struct Directory(PathBuf);

impl Directory {
    /// Makes one, among the temporary files.
    #[must_use]
    pub fn create() -> Self {
        // The path of a Unix socket has at most 108 bytes.
        let parent = Some(env::temp_dir()).filter(|path| path.as_os_str().len() < 60).unwrap_or_else(|| "/tmp".into());
        let path = parent.join(unique());
        fs::create_dir(&path).expect("a directory");
        Self(path)
    }

    /// The path of something in it.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The path of a file in it.
    #[must_use]
    pub fn file(&self, name: &str) -> String {
        self.path(name).into_os_string().into_string().expect("a path in UTF-8")
    }

    /// Writes such a file.
    #[must_use]
    pub fn write(&self, name: &str, text: &str) -> String {
        let file = self.file(name);
        fs::write(Path::new(&file), text).expect("a file");
        file
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
