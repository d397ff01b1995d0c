//! Handlers that run after others.

use graceful_process_tests::Program;

const AFTER: &str = env!("CARGO_BIN_EXE_after");

#[test]
fn handlers_wait_for_those_that_they_name_and_run_however_those_end() {
    let ended = Program::new(AFTER).env("GRACEFUL_REPORT", "text").terminated();
    ended.exits_with(1);
    let nobody = "the handler `nobody` cannot run after `no such handler`: no handler has that name";
    let said: Vec<_> = ended.said().into_iter().filter(|line| *line != "outbox").collect();
    assert_eq!(said, [nobody, "main", "broker", "blocks", "fails", "panics", "last"], "{ended}");
    assert!(ended.position("broker") < ended.position("outbox"), "{ended}");
    let row = |name: &str| {
        let row = ended.stderr.iter().position(|line| line.starts_with(&format!("  {name} ")));
        row.unwrap_or_else(|| panic!("no row for {name}\n{ended}"))
    };
    for (name, outcome, after) in [
        ("broker::stop", "completed", None),
        ("outbox", "completed", Some("broker::stop")),
        ("blocks", "timed out", Some("broker::stop")),
        ("skipped", "skipped", Some("blocks")),
        ("fails", "failed", Some("skipped")),
        ("panics", "panicked", Some("fails")),
        ("last", "completed", Some("broker::stop, panics")),
    ] {
        let row = row(name);
        assert!(ended.stderr[row].contains(outcome), "{name}\n{ended}");
        if let Some(after) = after {
            let after: Vec<_> = after.split(", ").collect();
            let mut listed: Vec<_> =
                ended.stderr[row + 1].trim_start().strip_prefix("after ").unwrap().split(", ").collect();
            listed.sort_unstable();
            assert_eq!(listed, after, "{name}\n{ended}");
        }
    }
}
