//! The end by force, at the deadline.

use std::thread;

use graceful_core::text::duration;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::surroundings::Surroundings;
use crate::budget;
use crate::exit::{self, code};
use crate::program::Program;
use crate::sequence::waiting_for;
use crate::voice::print;

/// Ends the process at the deadline, whatever the rest of it does, and says what it was.
pub(super) async fn guard(program: &'static Program, surroundings: Surroundings) {
    let trigger = program.lifecycle.requested().await;
    let grace_period = program.config().timing().grace_period;
    let deadline = Instant::from_std(trigger.deadline);
    let patience = budget::last_words(grace_period);
    sleep_until(deadline.checked_sub(patience).unwrap_or(deadline)).await;
    // Who was stopped, or had no processor, wakes up late; the words get a moment all the same.
    let end = deadline.max(Instant::now() + patience / 2);
    if !program.take_the_end() {
        // It is about to end in another way. If that is stuck, it is ended here.
        sleep(patience / 4).await;
    }

    surroundings.report_as_it_stands(program, code::DEADLINE);
    let mut words = format!(
        "graceful: the grace period of {} is over, exiting with code {}",
        duration(grace_period),
        code::DEADLINE
    );
    if let Some(record) = program.record() {
        let report = program.report(record, code::DEADLINE);
        words = format!("{words}: {}\n{report}", record.last_words(&waiting_for(program, record)));
    }
    words.push('\n');
    // Not through the voice: what it has to say before may never be said.
    let (said, heard) = oneshot::channel();
    let speak = move || {
        print(&words);
        let _ = said.send(());
    };
    if thread::Builder::new().name("graceful-last-words".to_owned()).spawn(speak).is_ok() {
        let _ = timeout_at(end, heard).await;
    }
    surroundings.reported(end.saturating_duration_since(Instant::now())).await;
    exit::now(code::DEADLINE);
}
