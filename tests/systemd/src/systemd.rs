//! Boots systemd with the units of one test, and runs commands in its namespaces.

use std::fs;
use std::io::IoSliceMut;
use std::mem::MaybeUninit;
use std::os::unix::net::UnixDatagram;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Instant;

use graceful_process_tests::ends::Terminal;
use graceful_process_tests::installed::{self, say};
use graceful_process_tests::place::Directory;
use rustix::net::sockopt::set_socket_passcred;
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use rustix::process::Pid;

use crate::privilege::Privilege;
use crate::process::{PATIENCE, Processes};

const BOOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/boot.sh");

/// The targets that units depend on. systemd's own ones would start the services of a whole machine.
const TARGETS: [&str; 6] = ["sysinit", "basic", "sockets", "shutdown", "network-online", "multi-user"];

/// What systemd boots with.
pub struct Machine {
    folder: Directory,
    programs: Vec<String>,
    units: String,
}

impl Default for Machine {
    fn default() -> Self {
        Self::new()
    }
}

impl Machine {
    /// Without services.
    ///
    /// # Panics
    ///
    /// If it cannot write to the temporary files.
    #[must_use]
    pub fn new() -> Self {
        let folder = Directory::create();
        fs::create_dir(folder.path("units")).expect("a folder");
        let machine = Self { folder, programs: Vec::new(), units: String::new() };
        TARGETS.iter().fold(machine, |machine, target| {
            machine.unit(&format!("{target}.target"), "[Unit]\nDefaultDependencies=no\n")
        })
    }

    /// With this program as `/usr/local/bin/<name>`.
    #[must_use]
    pub fn program(mut self, name: &str, path: &str) -> Self {
        self.programs.push(format!("{name}={path}"));
        self
    }

    /// With this unit, or drop-in: `web.service.d/limits.conf`.
    ///
    /// # Panics
    ///
    /// If it cannot write to the temporary files.
    #[must_use]
    pub fn unit(mut self, name: &str, text: &str) -> Self {
        if !name.contains('/') {
            self.units += &format!(" {name}");
        }
        let path = self.folder.path("units").join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
        self
    }

    /// With this text in `/run/test/<name>`.
    #[must_use]
    pub fn file(self, name: &str, text: &str) -> Self {
        let _ = self.folder.write(name, text);
        self
    }

    /// The processes of the units that have `/run/test/<name>` as standard input and output: see [`connected`].
    #[must_use]
    pub fn processes(&self, name: &str) -> Processes {
        Processes::listen(&self.folder.path(name), name)
    }

    /// Boots. `None`, and a line that says why, where that is not possible.
    ///
    /// # Panics
    ///
    /// If it does not boot where it should, or where it is required.
    #[must_use]
    #[track_caller]
    pub fn boot(self) -> Option<Systemd> {
        // systemd forgets how a unit ended that no other one mentions.
        let units = self.units.clone();
        let machine = self.unit("test.target", &format!("[Unit]\nDefaultDependencies=no\nAfter={units}\n"));
        for program in ["/lib/systemd/systemd", "bash", "nsenter", "setpriv", "unshare"] {
            installed::find(program)?;
        }
        let Some(privilege) = Privilege::find() else {
            say("skipped: systemd boots only for root, or with a sudo that asks for no password");
            return None;
        };
        let notified = Notified::listen(machine.folder.path("notify"));
        let console = Terminal::open();
        let mut command = privilege.command("unshare");
        command.args(["--mount", "bash", BOOT, &machine.folder.file("")]).args(&machine.programs);
        // What ends the test with a signal to its group must not end the script that cleans up.
        command.process_group(0).stdin(Stdio::piped()).stdout(console.stdio()).stderr(console.stdio());
        let script = command.spawn().expect("a script");
        // It has the console open, whose end is waited for.
        drop(command);
        let mut systemd = Systemd { script, console: Some(console), privilege, init: None, folder: machine.folder };
        match notified.ready() {
            Ok(init) => {
                systemd.init = Some(init);
                Some(systemd)
            }
            Err(why) => {
                installed::skip(format_args!("systemd does not boot: {why}\n{}", systemd.end()));
                None
            }
        }
    }
}

/// The lines of a unit that connect its processes with [`Machine::processes`].
#[must_use]
pub fn connected(name: &str) -> String {
    format!("StandardInput=file:/run/test/{name}\nStandardOutput=file:/run/test/{name}\n")
}

/// The socket on which systemd says that it has booted, and the script that it has ended.
struct Notified(UnixDatagram);

impl Notified {
    fn listen(path: PathBuf) -> Self {
        let socket = UnixDatagram::bind(path).expect("a socket");
        set_socket_passcred(&socket, true).expect("an option");
        socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        Self(socket)
    }

    /// The process number of systemd outside of its namespace, when it has booted.
    fn ready(&self) -> Result<Pid, String> {
        loop {
            let mut text = [0; 1024];
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmCredentials(1))];
            let mut control = RecvAncillaryBuffer::new(&mut space);
            let message = recvmsg(&self.0, &mut [IoSliceMut::new(&mut text)], &mut control, RecvFlags::empty());
            let length = message.map_err(|why| format!("it says nothing: {why}"))?.bytes;
            let sender = control.drain().find_map(|message| match message {
                RecvAncillaryMessage::ScmCredentials(sender) => Some(sender.pid),
                _ => None,
            });
            let text = String::from_utf8_lossy(&text[..length]);
            if text.lines().any(|line| line == "READY=1") {
                return sender.ok_or_else(|| "it has no process number".to_owned());
            }
            if text.lines().any(|line| line == "STATUS=ended") {
                return Err("it has ended".to_owned());
            }
        }
    }
}

/// A systemd that runs. It is killed with all its services when this is dropped.
pub struct Systemd {
    script: Child,
    console: Option<Terminal>,
    privilege: Privilege,
    init: Option<Pid>,
    folder: Directory,
}

impl Systemd {
    /// The process number of systemd outside of its namespace.
    #[must_use]
    pub fn init(&self) -> Pid {
        self.init.expect("it has booted")
    }

    /// The process number of the script that ends after all of it.
    #[must_use]
    pub fn script(&self) -> u32 {
        self.script.id()
    }

    /// The path outside of the namespaces of what is `/run/test/<name>` inside.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path(name)
    }

    /// A command in the namespaces of systemd.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let mut command = self.privilege.command("nsenter");
        command.args(["--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"]);
        command.args(["--target", &self.init().as_raw_nonzero().to_string(), "--", program]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs `systemctl` with these arguments, which are separated by spaces. Returns what it prints.
    ///
    /// # Panics
    ///
    /// If it fails.
    #[track_caller]
    pub fn systemctl(&self, arguments: &str) -> String {
        let output = self.begin(arguments).output();
        assert!(output.status.success(), "systemctl {arguments}: {output:?}");
        String::from_utf8(output.stdout).expect("text").trim_end().to_owned()
    }

    /// Starts `systemctl` with these arguments.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    #[must_use]
    pub fn begin(&self, arguments: &str) -> Systemctl {
        Systemctl(self.command("systemctl").args(arguments.split(' ')).spawn().expect("nsenter"))
    }

    /// A property of a unit.
    ///
    /// # Panics
    ///
    /// If systemd does not answer.
    #[must_use]
    #[track_caller]
    pub fn show(&self, unit: &str, property: &str) -> String {
        self.systemctl(&format!("show --value --property={property} {unit}"))
    }

    /// Compares the properties of a unit with these values.
    ///
    /// # Panics
    ///
    /// If one differs.
    #[track_caller]
    pub fn shows(&self, unit: &str, properties: &[(&str, &str)]) {
        for (property, value) in properties {
            assert_eq!(self.show(unit, property), *value, "{property}\n{}", self.systemctl(&format!("show {unit}")));
        }
    }

    /// Asks until the property of the unit has this value. systemd takes what a service sends a moment later, and tells nobody
    /// but a D-Bus client.
    ///
    /// # Panics
    ///
    /// If it never has.
    #[track_caller]
    pub fn wait_to_show(&self, unit: &str, property: &str, value: &str) {
        let patience = Instant::now() + PATIENCE;
        loop {
            let found = self.show(unit, property);
            if found == value {
                return;
            }
            assert!(Instant::now() < patience, "{property} of {unit} is never `{value}` but `{found}`");
        }
    }

    /// Ends it. Returns what it wrote to its console.
    fn end(&mut self) -> String {
        drop(self.script.stdin.take());
        let _ = self.script.wait();
        self.console.take().map(Terminal::screen).unwrap_or_default()
    }
}

impl Drop for Systemd {
    fn drop(&mut self) {
        let console = self.end();
        if thread::panicking() {
            say(format_args!("--- the console of systemd\n{console}"));
        }
    }
}

/// A `systemctl` that runs.
pub struct Systemctl(Child);

impl Systemctl {
    /// Whether it still waits.
    ///
    /// # Panics
    ///
    /// If it has been waited for.
    #[must_use]
    pub fn waits(&mut self) -> bool {
        self.0.try_wait().expect("a child").is_none()
    }

    /// Waits for its end.
    ///
    /// # Panics
    ///
    /// If it has been waited for.
    #[must_use]
    pub fn output(self) -> Output {
        self.0.wait_with_output().expect("a child")
    }
}
