//! Tasks that run until their handler's turn comes.

use tokio::sync::mpsc::{self, Receiver};
use tokio::task::yield_now;

use super::*;
use crate::error::ErrorKind;
use crate::handler::turn::Turn;

/// Notes each row, which takes 10 ms, and its end.
async fn write(diary: Diary, mut rows: Receiver<&'static str>, turn: Turn) {
    while let Some(Some(row)) = turn.until(rows.recv()).await {
        sleep(ms(10)).await;
        diary.note(row);
    }
    diary.note("flushed");
}

#[tokio::test(start_paused = true)]
async fn a_writer_gets_the_rows_of_all_that_is_in_flight() {
    let service = Service::default();
    service.main_has_returned();
    let (rows, received) = mpsc::channel(10);
    let diary = service.diary.clone();
    service.handler("rows").priority(20).spawn(|turn| write(diary, received, turn)).unwrap();
    rows.send("one").await.unwrap();
    // A request. What it sends at its end is in the channel when the turn comes.
    let sender = rows.clone();
    service.spawn(async move {
        sleep(secs(1)).await;
        for row in ["two", "three"] {
            sender.send(row).await.unwrap();
        }
    });
    service.timed("close", 10, ms(100));
    let report = service.terminate().await;
    service.diary.expect(&[
        (10, "one"),
        (1010, "two"),
        (1020, "three"),
        (1020, "flushed"),
        (1020, "close begins"),
        (1120, "close ends"),
    ]);
    assert!(report.is_clean() && report.abandoned().is_empty(), "it is not in flight: {report:?}");
    drop(rows);
}

#[tokio::test(start_paused = true)]
async fn a_pipeline_ends_stage_by_stage() {
    let service = Service::default();
    service.main_has_returned();
    let (parsed, rows) = mpsc::channel(10);
    let (lines, mut received) = mpsc::channel(10);
    let diary = service.diary.clone();
    service.handler("rows").priority(10).spawn(|turn| write(diary, rows, turn)).unwrap();
    let kept = parsed.clone();
    let parse = move |turn: Turn| async move {
        while let Some(Some(line)) = turn.until(received.recv()).await {
            sleep(ms(100)).await;
            parsed.send(line).await.unwrap();
        }
    };
    service.handler("lines").priority(20).spawn(parse).unwrap();
    for line in ["one", "two"] {
        lines.send(line).await.unwrap();
    }
    assert!(service.terminate().await.is_clean());
    // The second stage waits for the first, although a sender remains.
    service.diary.expect(&[(110, "one"), (210, "two"), (210, "flushed")]);
    drop((lines, kept));
}

#[tokio::test(start_paused = true)]
async fn it_runs_after_a_drain_that_timed_out_too() {
    let service = Service::new(Config::new().drain_timeout(secs(1)));
    service.main_has_returned();
    let (rows, received) = mpsc::channel(10);
    let diary = service.diary.clone();
    service.handler("rows").spawn(|turn| write(diary, received, turn)).unwrap();
    service.spawn(async move {
        rows.send("one").await.unwrap();
        pending::<()>().await;
    });
    let report = service.terminate().await;
    service.diary.expect(&[(10, "one"), (1000, "flushed")]);
    assert_eq!(*handler(&report, "rows").outcome(), Outcome::Completed);
}

#[tokio::test(start_paused = true)]
async fn it_is_dropped_at_the_handlers_timeout_and_before_the_next_handler() {
    let service = Service::default();
    service.main_has_returned();
    let writer = Destructor(service.diary.clone(), "the writer is dropped");
    let hang = move |turn: Turn| async move {
        let _writer = writer;
        // A source that always has more.
        while let Some(()) = turn.until(sleep(ms(1))).await {}
        pending::<()>().await;
    };
    service.handler("rows").priority(20).timeout(secs(2)).spawn(hang).unwrap();
    service.timed("close", 10, ms(100));
    let report = service.terminate().await;
    service.diary.expect(&[(2000, "the writer is dropped"), (2000, "close begins"), (2100, "close ends")]);
    assert_eq!(*handler(&report, "rows").outcome(), Outcome::TimedOut { blocked: false });
}

#[tokio::test(start_paused = true)]
async fn its_outcome_is_that_of_the_handler_also_if_it_ended_before() {
    let service = Service::default();
    service.main_has_returned();
    let fails = |turn: Turn| async move {
        turn.until(pending::<()>()).await;
        Err::<(), _>("disk full")
    };
    let panics = |turn: Turn| async move {
        if turn.until(pending::<()>()).await.is_none() {
            panic!("at its turn")
        }
    };
    service.handler("fails").spawn(fails).unwrap();
    service.handler("panics").spawn(panics).unwrap();
    service.handler("failed").spawn(async |_| Err::<(), _>("connection lost")).unwrap();
    let panics_at_once = |_: Turn| -> std::future::Ready<()> { panic!("before its future") };
    service.handler("panicked").spawn(panics_at_once).unwrap();
    service.handler("completed").spawn(async |_| {}).unwrap();
    yield_now().await;
    let report = service.terminate().await;
    let outcomes = [
        ("fails", Outcome::Failed("disk full".into())),
        ("panics", Outcome::Panicked("at its turn".into())),
        ("failed", Outcome::Failed("connection lost".into())),
        ("panicked", Outcome::Panicked("before its future".into())),
        ("completed", Outcome::Completed),
    ];
    for (name, outcome) in outcomes {
        assert_eq!(*handler(&report, name).outcome(), outcome, "{name}");
    }
    assert_eq!(report.exit_code(), 1);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_unregistered_ends_as_at_its_turn() {
    let service = Service::default();
    service.main_has_returned();
    let (rows, received) = mpsc::channel(10);
    let diary = service.diary.clone();
    let registration = service.handler("rows").spawn(|turn| write(diary, received, turn)).unwrap();
    for row in ["one", "two"] {
        rows.send(row).await.unwrap();
    }
    assert!(registration.unregister());
    rows.closed().await;
    service.diary.expect(&[(10, "one"), (20, "two"), (20, "flushed")]);
    assert!(service.terminate().await.handlers().is_empty());
}

#[tokio::test(start_paused = true)]
async fn one_whose_runtime_is_gone_has_panicked() {
    let service = Service::default();
    service.main_has_returned();
    let other = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let inside = other.enter();
    service.handler("rows").spawn(async |_| pending::<()>().await).unwrap();
    drop(inside);
    tokio::task::spawn_blocking(move || drop(other)).await.unwrap();
    let report = service.terminate().await;
    let Outcome::Panicked(why) = handler(&report, "rows").outcome() else { panic!("{report:?}") };
    assert_eq!(why, "the runtime that ran its task is gone");
}

#[tokio::test(start_paused = true)]
async fn one_that_comes_too_late_is_not_started() {
    let service = Service::default();
    service.main_has_returned();
    service.terminate().await;
    let started = Destructor(service.diary.clone(), "not started");
    let task = move |_: Turn| async move {
        started.0.note("started");
    };
    let error = service.handler("late").spawn(task).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLate);
    service.diary.expect(&[(0, "not started")]);
}
