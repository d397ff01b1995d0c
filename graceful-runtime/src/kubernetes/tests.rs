use std::time::Duration;

use graceful_core::plan::PlannedHandler;
use graceful_core::{HandlerPhase, Phase};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::arbitrary::any_text;
use crate::outcome::Outcome;
use crate::report::{Abandoned, Draft, FailedTask, SupervisedTask};
use crate::trigger::Reason;

const SECOND: Duration = Duration::from_secs(1);

fn report(reason: Reason, handlers: &[(String, Outcome)], abandoned: usize, tasks: &[String]) -> Report {
    let mut draft = Draft::new(reason, SECOND * 30);
    draft.phase_began(Phase::Draining, Duration::ZERO);
    for guards in 0..abandoned {
        draft.abandon(Abandoned::InFlight { guards, scope: None });
    }
    draft.phase_began(Phase::Teardown, SECOND);
    for (name, outcome) in handlers {
        let planned = PlannedHandler::new(name.clone(), 10, SECOND, HandlerPhase::Teardown, "src/main.rs:1");
        let id = draft.handler_began(&planned, SECOND, SECOND);
        draft.handler_ended(id, SECOND * 2, outcome.clone());
    }
    let mut report = draft.report(SECOND * 2);
    report.failed_tasks = tasks.iter().map(|why| FailedTask::new("task", Outcome::Panicked(why.clone()))).collect();
    report
}

fn handlers(count: usize, outcome: &Outcome) -> Vec<(String, Outcome)> {
    (0..count).map(|number| (format!("handler_{number}"), outcome.clone())).collect()
}

#[track_caller]
fn parsed(report: &Report) -> Value {
    let text = message(report);
    assert!(text.len() <= MAX_MESSAGE, "{} bytes", text.len());
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn a_report_that_fits_is_written_whole() {
    let report = report(Reason::Requested, &handlers(3, &Outcome::Completed), 1, &[]);
    assert_eq!(message(&report), report.data().to_string());
}

#[test]
fn clean_handlers_are_left_out_first() {
    let mut all = handlers(299, &Outcome::Completed);
    all.insert(150, ("bad".to_owned(), Outcome::Failed("why".into())));
    let message = parsed(&report(Reason::Requested, &all, 1, &["it panicked".to_owned()]));
    assert_eq!(message["shortened"], true);
    assert_eq!(message["handlers_left_out"], 299);
    assert_eq!(message["handlers"].as_array().unwrap().len(), 1);
    assert_eq!(message["handlers"][0]["name"], "bad");
    assert_eq!(message["handlers"][0]["message"], "why");
    assert_eq!(message["abandoned"][0]["message"], "0 in flight");
    assert_eq!(message["failed_tasks"][0]["message"], "it panicked");
    assert_eq!(message["phases"].as_array().unwrap().len(), 2);
    assert_eq!(message["reason"], "requested");
    assert_eq!(message["grace_period_ms"], 30_000);
}

#[test]
fn then_texts_are_cut_as_little_as_possible() {
    let long = Outcome::Failed("é".repeat(3_000).into());
    let message = parsed(&report(Reason::Requested, &handlers(2, &long), 0, &[]));
    assert_eq!(message["shortened"], true);
    assert_eq!(message["handlers_left_out"], 0);
    for handler in message["handlers"].as_array().unwrap() {
        assert_eq!(handler["message"], format!("{}…", "é".repeat(256)));
    }
}

#[test]
fn then_the_rest_is_counted() {
    let failed = Outcome::Failed("refused".into());
    let message = parsed(&report(Reason::Requested, &handlers(300, &failed), 300, &["lost".to_owned()]));
    let named = message["handlers"].as_array().unwrap().len();
    assert!(named > 10, "{named}");
    assert_eq!(message["handlers_left_out"], 300 - named);
    let abandoned = message["abandoned"].as_array().unwrap().len();
    assert_eq!(message["abandoned_left_out"], 300 - abandoned);
    assert_eq!(message["failed_tasks_left_out"], 0);
    assert_eq!(message["warnings_left_out"], 0);
}

#[test]
fn warnings_have_the_room_that_is_left() {
    let mut report = report(Reason::Requested, &[], 0, &[]);
    report.warnings = (0..300).map(|number| format!("{number:020}")).collect();
    let message = parsed(&report);
    let named = message["warnings"].as_array().unwrap();
    assert!(named.len() > 100 && named[0] == "00000000000000000000", "{named:?}");
    assert_eq!(message["warnings_left_out"], 300 - named.len());
}

fn any_outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        Just(Outcome::Completed),
        any_text().prop_map(|text| Outcome::Failed(text.into())),
        any_text().prop_map(Outcome::Panicked),
        any_text().prop_map(Outcome::Skipped),
        Just(Outcome::TimedOut { blocked: true }),
    ]
}

proptest! {
    #[test]
    fn every_report_fits_and_says_when_it_was_shortened(
        reason in any_text(),
        handlers in vec((any_text(), any_outcome()), 0..40),
        abandoned in 0..200_usize,
        tasks in vec(any_text(), 0..20),
        supervised in vec(any_text(), 0..20),
    ) {
        let mut report = report(Reason::CriticalTask(reason.into()), &handlers, abandoned, &tasks);
        let task = |why: &String| SupervisedTask::new(why, 2, Outcome::Panicked(why.clone()));
        report.supervised_tasks = supervised.iter().map(task).collect();
        let message = parsed(&report);
        let fits = report.data().to_string().len() <= MAX_MESSAGE;
        prop_assert_eq!(message.get("shortened").is_none(), fits);
        prop_assert_eq!(&message["clean"], report.is_clean());
        if !fits {
            let lists = [
                ("handlers", handlers.len()), ("abandoned", abandoned), ("failed_tasks", tasks.len()),
                ("supervised_tasks", supervised.len()),
            ];
            for (key, count) in lists {
                let named = message[key].as_array().unwrap().len();
                prop_assert_eq!(&message[&format!("{key}_left_out")], count - named);
            }
        }
    }
}

#[test]
fn the_path_is_that_of_the_environment() {
    assert_eq!(TerminationLog::at(None).path, Path::new("/dev/termination-log"));
    assert_eq!(TerminationLog::at(Some(OsString::new())).path, Path::new("/dev/termination-log"));
    assert_eq!(TerminationLog::at(Some("/tmp/message".into())).path, Path::new("/tmp/message"));
}

#[cfg(unix)]
#[test]
fn a_fifo_without_a_reader_is_an_error_at_once() {
    let fifo = env::temp_dir().join(format!("graceful-fifo-{}", std::process::id()));
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let (sender, written) = std::sync::mpsc::channel();
    let path = fifo.clone();
    std::thread::spawn(move || sender.send(write(&path, b"{}")));
    let written = written.recv_timeout(Duration::from_secs(20));
    std::fs::remove_file(fifo).unwrap();
    assert!(written.expect("it waits for a reader").is_err());
}
