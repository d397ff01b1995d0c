//! The script of an overlapping restart, with a `systemctl` that keeps its instances in files.

use std::fs;
use std::process::{Child, Command, Stdio};

use crate::call::Folder;
use crate::units::{HTTP, folder};

/// Each active instance has a file with the time of its start. One that is called `broken` does not start.
const SYSTEMCTL: &str = r#"#!/bin/sh
printf '%s\n' "$*" >>calls
for unit; do :; done
case "$*" in
*is-active*) test -e "$unit" ;;
*show*) cat "$unit" ;;
*reset-failed*) echo 'Failed to reset failed state: Unit not loaded.' >&2; exit 1 ;;
*stop*) rm -f "$unit" ;;
*start*)
    # The other restart has time to interfere.
    sleep 0.1
    if test -e broken; then
        echo "Job for $unit failed." >&2
        exit 1
    fi
    wc -l <calls >"$unit" ;;
esac
"#;

struct Host(Folder);

impl Host {
    fn new(test: &str) -> Self {
        let folder = folder(test, &[HTTP]);
        assert_eq!(folder.call("units app --output .", "").0, 0);
        let script = fs::read_to_string(folder.path().join("restart-app")).unwrap();
        let place = "exec 9>/run/restart-app.lock\n";
        assert!(script.contains(place), "{script}");
        folder.write("restart-app", script.replace(place, "exec 9>lock\n"));
        folder.write("bin/systemctl", SYSTEMCTL);
        let status = Command::new("chmod").args(["+x", "bin/systemctl"]).current_dir(folder.path()).status();
        assert!(status.unwrap().success());
        Self(folder)
    }

    fn restart(&self) -> Child {
        let path = std::env::var("PATH").unwrap();
        let mut script = Command::new("sh");
        script.arg("restart-app").current_dir(self.0.path());
        script.env("PATH", format!("bin:{path}")).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// The exit code, and what it has printed.
    fn restarted(&self) -> (Option<i32>, String) {
        let output = self.restart().wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    }

    fn set(&self, instance: &str, since: &str) {
        self.0.write(&format!("app@{instance}.service"), since);
    }

    fn active(&self) -> Vec<&'static str> {
        ["a", "b"].into_iter().filter(|name| self.0.path().join(format!("app@{name}.service")).exists()).collect()
    }

    /// What was started and stopped since the last time, such as `+a -b`.
    fn changes(&self) -> String {
        let path = self.0.path().join("calls");
        let calls = fs::read_to_string(&path).unwrap();
        fs::remove_file(path).unwrap();
        let change = |call: &str| {
            let instance = call.strip_suffix(".service")?.chars().last()?;
            match call.split(' ').rev().nth(1)? {
                "start" => Some(format!("+{instance}")),
                "stop" => Some(format!("-{instance}")),
                _ => None,
            }
        };
        calls.lines().filter_map(change).collect::<Vec<_>>().join(" ")
    }
}

const DONE: (Option<i32>, String) = (Some(0), String::new());

#[test]
fn the_other_instance_starts_before_the_old_one_stops() {
    let host = Host::new("restart_other");
    for (changes, active) in [("-a +a -b", "a"), ("-b +b -a", "b"), ("-a +a -b", "a")] {
        assert_eq!((host.restarted(), host.changes(), host.active()), (DONE, changes.to_owned(), vec![active]));
    }
}

#[test]
fn the_old_one_stays_if_the_new_one_does_not_start() {
    let host = Host::new("restart_broken");
    host.set("b", "1");
    host.0.write("broken", "");
    // systemd's message, and no other.
    let failed = (Some(1), "Job for app@a.service failed.\n".to_owned());
    assert_eq!((host.restarted(), host.changes(), host.active()), (failed, "-a +a -a".to_owned(), vec!["b"]));
}

/// The newer one serves while the older one is replaced.
#[test]
fn an_interrupted_restart_left_both() {
    let host = Host::new("restart_both");
    for (a, b, changes, active) in [("9", "10", "-a +a -b", "a"), ("10", "9", "-b +b -a", "b")] {
        host.set("a", a);
        host.set("b", b);
        assert_eq!((host.restarted(), host.changes(), host.active()), (DONE, changes.to_owned(), vec![active]));
    }
}

#[test]
fn two_restarts_at_once_come_one_after_the_other() {
    let host = Host::new("restart_twice");
    host.set("a", "1");
    for script in [host.restart(), host.restart()] {
        assert!(script.wait_with_output().unwrap().status.success());
    }
    assert_eq!((host.changes(), host.active()), ("-b +b -a -a +a -b".to_owned(), vec!["a"]));
}
