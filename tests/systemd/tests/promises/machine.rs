//! The machine below the booted systemd: nothing stays, and nothing is changed.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use graceful_systemd_tests::Machine;
use graceful_systemd_tests::process::PATIENCE;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

/// What systemd sets when it starts.
const SETTINGS: [&str; 7] = [
    "fs/file-max",
    "fs/nr_open",
    "kernel/core_pattern",
    "kernel/domainname",
    "kernel/hostname",
    "kernel/pid_max",
    "net/unix/max_dgram_qlen",
];

fn settings() -> [String; 7] {
    SETTINGS.map(|name| fs::read_to_string(Path::new("/proc/sys").join(name)).expect("a setting"))
}

#[test]
fn it_changes_no_setting_of_the_kernel() {
    let before = settings();
    let Some(systemd) = Machine::new().boot() else { return };
    assert_eq!(settings(), before);
    for path in ["/proc/sys/fs/nr_open", "/sys/kernel/mm/transparent_hugepage/enabled", "/etc/graceful-test"] {
        let written = systemd.command("tee").arg(path).output().expect("tee");
        let why = String::from_utf8_lossy(&written.stderr);
        assert!(why.contains("Read-only file system"), "{path}: {why}");
    }
}

#[test]
fn it_has_all_that_it_started_with() {
    let Some(systemd) = Machine::new().boot() else { return };
    assert_eq!(systemd.systemctl("is-system-running"), "running");
    assert_eq!(systemd.show("init.scope", "ControlGroup"), "/init.scope");
}

#[test]
fn nothing_stays_when_the_test_is_killed() {
    let mut test = Command::new(env!("CARGO_BIN_EXE_booted")).stdout(Stdio::piped()).spawn().expect("a program");
    let mut said = BufReader::new(test.stdout.take().expect("a pipe")).lines();
    let Some(folder) = said.next() else {
        test.wait().expect("a child");
        return;
    };
    let folder = folder.expect("a line");
    let [init, script] = [(); 2].map(|()| {
        let number = said.next().expect("a line").expect("a line").parse().expect("a process number");
        Pid::from_raw(number).expect("a process number")
    });
    let cgroup = fs::read_to_string(format!("/proc/{}/cgroup", init.as_raw_nonzero())).expect("a process");
    let cgroup = cgroup.lines().find_map(|line| line.strip_prefix("0::/")).expect("a cgroup").to_owned();
    let cgroups = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].map(|root| Path::new(root).join(&cgroup));
    assert!(cgroups.iter().any(|cgroup| cgroup.exists()) && Path::new(&folder).exists());

    let ends = [init, script].map(|pid| pidfd_open(pid, PidfdFlags::empty()).expect("a process"));
    test.kill().expect("a child");
    for end in &ends {
        let readable = poll(&mut [PollFd::new(end, PollFlags::IN)], Some(&PATIENCE.try_into().expect("a time")));
        assert_eq!(readable, Ok(1));
    }
    test.wait().expect("a child");
    assert!(!cgroups.iter().any(|cgroup| cgroup.exists()) && !Path::new(&folder).exists());
}
