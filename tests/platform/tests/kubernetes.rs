//! What the kubelet finds in the termination message, and that no file holds up the exit.
#![cfg(target_os = "linux")]

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use graceful_process_tests::place::Directory;
use graceful_process_tests::{Program, Running, Signal, all};
use nix::fcntl::OFlag;
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use serde_json::Value;

const BRIEF: &str = env!("CARGO_BIN_EXE_brief");
const SERVICE: &str = env!("CARGO_BIN_EXE_platform_service");

/// What the kubelet reads.
const MOST: usize = 4096;

/// What nothing here may take.
const LONG: Duration = Duration::from_secs(10);

fn writing_to(path: &Path) -> Program {
    let program = Program::new(SERVICE).env("GRACEFUL_TERMINATION_LOG", path.to_str().expect("text"));
    program.grace_period("20s").drain_timeout("10s")
}

fn started(program: Program) -> Running {
    let running = program.start();
    running.wait_for("main");
    running
}

/// A file as the kubelet makes it, but that it isn't empty.
fn file(folder: &Directory) -> std::path::PathBuf {
    let path = folder.path("termination-log");
    fs::write(&path, "x".repeat(2 * MOST)).expect("a file");
    path
}

#[track_caller]
fn message(path: &Path) -> Value {
    let text = fs::read_to_string(path).expect("the file");
    assert!(text.len() <= MOST, "{} bytes", text.len());
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn it_has_the_report_of_a_clean_end() {
    let folder = Directory::create();
    let path = file(&folder);
    writing_to(&path).terminated().exits_with(0).is_silent();
    let message = message(&path);
    assert_eq!(message["reason"], "SIGTERM");
    assert_eq!(message["clean"], true);
    assert_eq!(message["exit_code"], 0);
    assert_eq!(message["handlers"][0]["name"], "held");
    assert_eq!(message.get("shortened"), None);
}

#[test]
fn it_has_the_report_of_an_end_at_once() {
    all(0..20, |_| {
        let folder = Directory::create();
        let path = file(&folder);
        Program::new(BRIEF).env("GRACEFUL_TERMINATION_LOG", path.to_str().expect("text")).run().exits_with(0);
        assert_eq!(message(&path)["reason"], "main_returned");
    });
}

#[test]
fn it_has_what_went_wrong() {
    let folder = Directory::create();
    let path = file(&folder);
    writing_to(&path).arg("fails").terminated().exits_with(1);
    let message = message(&path);
    assert_eq!(message["clean"], false);
    assert_eq!(message["exit_code"], 1);
    assert_eq!(message["handlers"][1]["name"], "fails");
    assert_eq!(message["handlers"][1]["message"], "the disk is full");
}

#[test]
fn it_has_what_is_important_of_many_handlers() {
    let folder = Directory::create();
    let path = file(&folder);
    writing_to(&path).arg("many").arg("fails").terminated().exits_with(1);
    let message = message(&path);
    assert_eq!(message["shortened"], true);
    assert_eq!(message["handlers_left_out"], 301);
    assert_eq!(message["handlers"].as_array().expect("a list").len(), 1);
    assert_eq!(message["handlers"][0]["name"], "fails");
}

#[test]
fn it_has_the_end_by_force_at_the_deadline() {
    let folder = Directory::create();
    let path = file(&folder);
    let mut service = started(writing_to(&path).grace_period("1s").drain_timeout("100ms"));
    service.ask("block");
    service.signal(Signal::SIGTERM);
    service.end().exits_with(124);
    let message = message(&path);
    assert_eq!(message["exit_code"], 124);
    assert_eq!(message["clean"], false);
    assert_eq!(message["abandoned"].as_array().expect("a list").len(), 2, "{message}");
}

#[test]
fn it_has_the_end_by_force_after_ctrl_c() {
    let folder = Directory::create();
    let path = file(&folder);
    let mut service = started(writing_to(&path));
    service.ask("hold teardown");
    service.signal(Signal::SIGINT);
    service.wait_for("teardown");
    service.interrupt_again();
    service.end().exits_with(130);
    let message = message(&path);
    assert_eq!(message["exit_code"], 130);
    assert_eq!(message["handlers"][0]["outcome"], "timed_out");
}

#[test]
fn what_cannot_be_written_to_holds_up_nothing() {
    let folder = Directory::create();
    let (unread, full, directory) = (folder.path("unread"), folder.path("full"), folder.path("directory"));
    fs::create_dir(&directory).expect("a folder");
    let missing = folder.path("missing");
    for fifo in [&unread, &full] {
        mkfifo(fifo, Mode::S_IRWXU).expect("a FIFO");
    }
    // Both ends are open here, and nobody reads.
    let mut options = OpenOptions::new();
    let mut writer = options.read(true).write(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(&full).expect("a FIFO");
    while writer.write(&[b'x'; MOST]).is_ok() {}
    let disk = Path::new("/dev/full");
    all([&*unread, &full, &directory, &missing, disk], |path| {
        writing_to(path).terminated().exits_with(0).is_silent().took_less_than(LONG);
    });
    all([&*unread, &full, &directory, &missing, disk], |path| {
        let mut service = started(writing_to(path));
        service.ask("hold teardown");
        service.signal(Signal::SIGINT);
        service.wait_for("teardown");
        service.interrupt_again();
        service.end().exits_with(130).took_less_than(LONG);
    });
    assert!(!missing.exists(), "it is the kubelet that makes the file");
}

#[test]
fn a_reader_of_a_fifo_gets_it() {
    let folder = Directory::create();
    let fifo = folder.path("fifo");
    mkfifo(&fifo, Mode::S_IRWXU).expect("a FIFO");
    let mut options = OpenOptions::new();
    let mut reader = options.read(true).write(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(&fifo).expect("a FIFO");
    writing_to(&fifo).terminated().exits_with(0).is_silent();
    let mut text = [0; MOST];
    let length = std::io::Read::read(&mut reader, &mut text).expect("a message");
    let message: Value = serde_json::from_slice(&text[..length]).expect("JSON");
    assert_eq!(message["exit_code"], 0);
}
