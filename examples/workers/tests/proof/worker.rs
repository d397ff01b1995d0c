//! When `11_worker` ends by itself.

use graceful_process_tests::Program;
use graceful_process_tests::place::Directory;
use graceful_workers::Entry;

use crate::accounts::entries;

fn worker(directory: &Directory) -> Program {
    let program = Program::new(env!("CARGO_BIN_EXE_11_worker")).env("GRACEFUL_PROBES", "off");
    program.arg("--database").arg(&directory.file("jobs.db"))
}

#[test]
fn it_retires_after_so_many_jobs() {
    let directory = Directory::create();
    let ledger = directory.file("ledger");
    let worker = worker(&directory).arg("--ledger").arg(&ledger);
    let ended = worker.arg("--send").arg("100").arg("--retire-after").arg("20").run();
    ended.exits_with(0);
    let _ = ended.position("enough jobs done: retiring");
    // What was in hand then was done too.
    let executed = entries(ledger.as_ref()).iter().filter(|entry| matches!(entry, Entry::Executed(_))).count();
    assert!((20..100).contains(&executed), "{executed}");
}
