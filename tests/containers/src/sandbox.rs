//! Namespaces for podman and runc, and for the containers that they start.

use std::env;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;

use graceful_process_tests::installed::{find, say, skip};
use graceful_process_tests::{Ended, Program};
use graceful_server_tests::client::Client;
use nix::sched::{CloneFlags, setns};
use nix::unistd::geteuid;

/// The path, in the sandbox, of the file that podman reads instead of the host's.
const CONFIGURATION: &str = "/run/containers.conf";

/// Where every service under test listens. Each container has its own loopback device.
const ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// Process, mount, network and cgroup namespaces. Everything in them ends when this is dropped or its process is gone.
pub struct Sandbox {
    script: Child,
    /// The process id of its process 1, outside of it.
    pid: String,
}

impl Sandbox {
    /// Opens one. `None` when this test has been run as root, or cannot be run here, and a line has said why: then there is
    /// nothing left to do.
    ///
    /// # Panics
    ///
    /// When the test has failed as root, and, where the tests are required, when a program is missing or the namespaces
    /// cannot be made.
    #[track_caller]
    #[must_use]
    pub fn open() -> Option<Self> {
        for program in ["catatonit", "podman", "runc"] {
            find(program)?;
        }
        if !geteuid().is_root() {
            run_as_root();
            return None;
        }
        let mut command = Command::new("sh");
        command.args(["-c", include_str!("sandbox.sh")]);
        // What ends the test does not end the script.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut script = command.spawn().expect("a shell");
        let mut pid = String::new();
        let read = BufReader::new(script.stdout.take().expect("a pipe")).read_line(&mut pid);
        let sandbox = Self { script, pid: pid.trim().to_owned() };
        if read.is_err() || sandbox.pid.is_empty() {
            skip("no sandbox for containers can be made here: standard error says why");
            return None;
        }
        fs::write(sandbox.path(CONFIGURATION), include_str!("containers.conf")).expect("a file");
        Some(sandbox)
    }

    /// Returns a command that will run in here.
    #[must_use]
    pub fn command(&self, command: &[&str]) -> Program {
        let enter = ["--target", &self.pid, "--cgroup", "--ipc", "--mount", "--net", "--pid", "--"];
        let program = Program::new("nsenter").env("CONTAINERS_CONF", CONFIGURATION).env("TMPDIR", "/run");
        enter.iter().chain(command).fold(program, |program, arg| program.arg(arg))
    }

    /// Runs a command in here, which must be a success.
    #[track_caller]
    pub fn run(&self, command: &[&str]) -> Ended {
        let ended = self.command(command).run();
        ended.exits_with(0);
        ended
    }

    /// Returns the path, outside, of a file that has this path in here.
    #[must_use]
    pub fn path(&self, inside: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root{inside}", self.pid))
    }

    /// Connects to the service of a container, of which a process has this id in here.
    #[must_use]
    pub fn connect(&self, pid: &str) -> Client {
        let network = File::open(self.path(&format!("/proc/{pid}/ns/net"))).expect("a network namespace");
        // A socket stays in the namespace in which it was opened.
        let connect = || {
            setns(network, CloneFlags::CLONE_NEWNET).expect("root may enter it");
            Client::connect(ADDRESS)
        };
        thread::scope(|scope| scope.spawn(connect).join().expect("a connection"))
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.script.stdin.take());
        let _ = self.script.wait();
    }
}

/// Runs this test again as root, if `sudo` asks for no password.
#[track_caller]
fn run_as_root() {
    let sudo = || {
        let mut command = Command::new("sudo");
        command.args(["--non-interactive", "--preserve-env=GRACEFUL_TEST_SERVERS"]);
        command
    };
    if !sudo().arg("true").output().is_ok_and(|output| output.status.success()) {
        say("skipped: containers need root, and sudo is missing or asks for a password");
        return;
    }
    let thread = thread::current();
    let test = thread.name().expect("the name of the test");
    let program = env::current_exe().expect("the program of this test");
    let status = sudo().arg(program).args(["--exact", test, "--nocapture"]).status().expect("sudo");
    assert!(status.success(), "{test} has failed as root: {status}");
}
