use std::sync::Barrier;
use std::thread;
use std::time::Instant;

use super::*;
use crate::in_flight::Work;
use crate::program::Program;
use crate::trigger::Reason;

fn program() -> &'static Program {
    Box::leak(Box::new(Program::new(Work::leaked(), Instant::now, Vec::new)))
}

fn part(program: &'static Program, name: &str) -> Readiness {
    Readiness::new(program, name.into())
}

fn say_ready(program: &'static Program) {
    program.change_readiness(Parts::say_ready);
}

/// Each part's name, and why it is not ready.
fn missing(program: &Program) -> Vec<(String, String)> {
    let parts = program.lifecycle.readiness.not_ready().unwrap_or_default();
    parts.iter().map(|part| (part.name().to_owned(), part.message().unwrap_or_default().to_owned())).collect()
}

#[test]
fn without_parts_it_is_ready_when_it_says_so() {
    let program = program();
    assert!(!program.lifecycle.is_ready());
    say_ready(program);
    assert!(program.lifecycle.is_ready());
}

#[test]
fn every_part_must_be_ready() {
    let program = program();
    let (warm_up, consumer) = (part(program, "warm-up"), part(program, "consumer"));
    say_ready(program);
    warm_up.set_ready();
    assert!(!program.lifecycle.is_ready());
    consumer.set_ready();
    assert!(program.lifecycle.is_ready());
    warm_up.set_not_ready("filling again");
    assert!(!program.lifecycle.is_ready());
    assert_eq!(missing(program), [("warm-up".to_owned(), "filling again".to_owned())]);
    warm_up.set_ready();
    assert!(program.lifecycle.is_ready());
}

#[test]
fn a_part_is_enough_to_say_it() {
    let program = program();
    let only = part(program, "only");
    assert!(!program.lifecycle.is_ready());
    only.set_ready();
    assert!(program.lifecycle.is_ready() && program.lifecycle.readiness.was_ready());
}

#[test]
fn a_new_part_is_not_ready() {
    let program = program();
    say_ready(program);
    let late = part(program, "late");
    assert!(!program.lifecycle.is_ready());
    assert_eq!(missing(program), [("late".to_owned(), "starting".to_owned())]);
    late.set_ready();
    assert!(program.lifecycle.is_ready());
}

#[test]
fn two_parts_of_one_name_are_two_and_clones_are_one() {
    let program = program();
    let (first, second) = (part(program, "consumer"), part(program, "consumer"));
    first.set_ready();
    assert!(!program.lifecycle.is_ready());
    second.clone().set_ready();
    assert!(program.lifecycle.is_ready());
    second.clone().remove();
    // It is gone, for this clone too.
    second.set_not_ready("gone");
    assert!(program.lifecycle.is_ready());
    assert_eq!(program.lifecycle.readiness.parts().len(), 1);
}

#[test]
fn the_last_part_takes_with_it_what_it_said() {
    let program = program();
    let only = part(program, "only");
    only.set_ready();
    only.remove();
    assert!(!program.lifecycle.is_ready());
    assert_eq!(program.lifecycle.readiness.not_ready(), Some(Vec::new()));
    assert_eq!(reasons(&[]), "no part is left");
    say_ready(program);
    assert!(program.lifecycle.is_ready());
}

#[test]
fn a_part_that_is_dropped_stays_as_it_is() {
    let program = program();
    let (ready, not_ready) = (part(program, "ready"), part(program, "not ready"));
    ready.set_ready();
    drop((ready, not_ready));
    assert!(!program.lifecycle.is_ready());
    assert_eq!(missing(program), [("not ready".to_owned(), "starting".to_owned())]);
    assert_eq!(program.lifecycle.readiness.parts().len(), 2);
}

#[test]
fn after_the_trigger_nothing_changes() {
    let program = program();
    let (early, other) = (part(program, "early"), part(program, "other"));
    other.set_ready();
    program.lifecycle.begin(Reason::Requested);
    early.set_ready();
    other.remove();
    part(program, "late").set_ready();
    assert!(!program.lifecycle.is_ready() && !program.lifecycle.readiness.was_ready());
    let names: Vec<_> = program.lifecycle.readiness.parts().iter().map(|part| part.name().to_owned()).collect();
    assert_eq!(names, ["early", "other"]);
}

#[test]
fn what_was_ready_is_not_never_ready() {
    let program = program();
    program.lifecycle.readiness.probes_wait();
    let only = part(program, "only");
    assert!(program.lifecycle.readiness.waiting().is_some());
    only.set_ready();
    only.set_not_ready("again");
    assert!(program.lifecycle.readiness.waiting().is_none());
}

#[test]
fn ready_is_not_enough_while_a_part_was_never_ready() {
    let program = program();
    program.lifecycle.readiness.probes_wait();
    let _warm_up = part(program, "warm-up");
    say_ready(program);
    assert!(program.lifecycle.readiness.waiting().is_some());
}

/// Each thread takes its part back and forth. In the end all are ready, and so is the whole; and each turn is seen in turn.
#[test]
fn threads_agree() {
    const THREADS: usize = 4;

    let program = program();
    let begin = Barrier::new(THREADS);
    let mut turns = Vec::new();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|name| {
                let (part, begin) = (part(program, &name.to_string()), &begin);
                scope.spawn(move || {
                    begin.wait();
                    for why in 0..1_000 {
                        part.set_ready();
                        part.set_not_ready(why);
                    }
                    part.set_ready();
                })
            })
            .collect();
        while threads.iter().any(|thread| !thread.is_finished()) {
            // Whatever is read, it belongs together.
            match program.lifecycle.readiness.not_ready() {
                None => turns.push(true),
                Some(parts) => {
                    assert!(!parts.is_empty());
                    turns.push(false);
                }
            }
        }
    });
    assert!(program.lifecycle.is_ready());
    assert!(!turns.is_empty());
}

#[test]
fn turns_are_told_in_their_order() {
    let readiness = ProgramReadiness::default();
    let mut turns = Vec::new();
    let mut change = |change: &mut dyn FnMut(&mut Parts) -> bool| {
        readiness.change(|parts| change(parts), |_| turns.push(readiness.is_ready()));
    };
    let mut ids = Vec::new();
    for name in ["a", "b"] {
        change(&mut |parts| {
            ids.push(parts.add(name.into()));
            true
        });
    }
    for state in
        [State::Ready, State::Ready, State::NotReady("why".into()), State::NotReady("other".into()), State::Ready]
    {
        for id in &ids {
            change(&mut |parts| parts.set(*id, state.clone()));
        }
    }
    assert_eq!(turns, [true, false, true]);
}

#[test]
fn reasons_are_on_one_line() {
    let program = program();
    let (b, _a) = (part(program, "b\nSTOPPING=1"), part(program, "a"));
    b.set_not_ready("line\nline");
    let missing = program.lifecycle.readiness.not_ready().unwrap();
    assert_eq!(reasons(&missing), r"a: starting; b\nSTOPPING=1: line\nline");
}
