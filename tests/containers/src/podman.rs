//! Images and containers of podman.

use std::fs;

use graceful_process_tests::installed::skip;
use graceful_process_tests::{Ended, Running};
use graceful_server_tests::client::Client;

use crate::root;
use crate::sandbox::Sandbox;

/// Builds an image of some programs and their paths in it, with these lines at the end of the Dockerfile.
#[track_caller]
pub fn build(sandbox: &Sandbox, image: &str, programs: &[(&str, &str)], lines: &str) {
    let folder = format!("/run/{}", image.replace(['/', ':'], "-"));
    let outside = sandbox.path(&folder);
    for (program, path) in programs {
        root::add(&outside.join("root"), program, path);
    }
    let dockerfile = format!("FROM scratch\nCOPY root /\n{lines}\n");
    fs::write(outside.join("Dockerfile"), dockerfile).expect("a Dockerfile");
    sandbox.run(&["podman", "build", "--quiet", "--layers=false", "--tag", image, &folder]);
}

/// A container in the foreground.
pub struct Container<'a> {
    sandbox: &'a Sandbox,
    name: &'a str,
    /// Its standard output and standard error.
    pub running: Running,
}

impl<'a> Container<'a> {
    /// Starts a container, and waits until it prints this. The arguments are podman's, and then the image's.
    ///
    /// `None`, and a line that says why, when podman cannot run any container here: then the test is skipped.
    ///
    /// # Panics
    ///
    /// When it cannot, where the tests are required.
    #[track_caller]
    #[must_use]
    pub fn start(sandbox: &'a Sandbox, name: &'a str, args: &[&str], line: &str) -> Option<Self> {
        let command = [&["podman", "run", "--name", name], args].concat();
        let running = sandbox.command(&command).start();
        if running.prints(line) {
            return Some(Self { sandbox, name, running });
        }
        let ended = running.end();
        assert!(ended.code.is_some_and(|code| (125..=127).contains(&code)), "{ended}");
        skip(format_args!("podman cannot run a container here:\n{ended}"));
        None
    }

    /// Connects to the service in it.
    #[must_use]
    pub fn connect(&self) -> Client {
        let inspected = self.sandbox.run(&["podman", "inspect", "--format", "{{.State.Pid}}", self.name]);
        self.sandbox.connect(&inspected.stdout[0])
    }

    /// Begins to stop it. The arguments are those of `podman stop`.
    #[must_use]
    pub fn begin_stop(&self, args: &[&str]) -> Running {
        self.sandbox.command(&[&["podman", "stop"], args, &[self.name]].concat()).start()
    }

    /// Stops it, and waits for its end.
    #[track_caller]
    #[must_use]
    pub fn stop(self, args: &[&str]) -> Ended {
        self.begin_stop(args).end().exits_with(0);
        self.running.end()
    }
}
