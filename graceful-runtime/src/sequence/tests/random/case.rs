//! A case: a configuration, what there is to do at its shutdown, and who disturbs it. All times are milliseconds.

use graceful_core::HandlerPhase;
use proptest::collection::vec;
use proptest::option::{self, weighted};
use proptest::prelude::*;

use super::super::{Config, Reason, Signal, ms};

/// No grace period here is longer, so what takes longer is abandoned.
const LONGEST: u64 = 60_000;

#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) grace_period: u64,
    pub(super) lame_duck: u64,
    pub(super) drain_timeout: u64,
    /// How long the service runs before the trigger, unless main ends first.
    pub(super) after: u64,
    pub(super) reason: Reason,
    /// A terminal is attached.
    pub(super) terminal: bool,
    /// The service does something that takes part in the shutdown.
    pub(super) takes_part: bool,
    /// Probes wait for the service.
    pub(super) awaited: bool,
    /// And it was reported ready.
    pub(super) ready: bool,
    /// What `exit` was given.
    pub(super) exit_code: Option<u8>,
    /// A critical task has failed.
    pub(super) failed_task: bool,
    /// A further Ctrl-C, so long after the trigger.
    pub(super) hurry: Option<u64>,
    pub(super) main: Main,
    /// Guards that are handed over: so long each is held.
    pub(super) guards: Vec<Vec<u64>>,
    pub(super) tasks: Vec<Task>,
    pub(super) guests: Vec<Guest>,
    /// The timeout of a handler of the flush, which hangs.
    pub(super) flush: Option<u64>,
    /// So long after the trigger somebody looks at the phase.
    pub(super) looks: Vec<u64>,
}

/// When something ends by itself.
#[derive(Debug, Clone, Copy)]
pub(super) enum When {
    /// So long after the start of the service.
    After(u64),
    /// So long after it has heard of the drain.
    OfTheDrain(u64),
    Never,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Main {
    pub(super) ends: When,
    /// `None`: it panics.
    pub(super) code: Option<u8>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Task {
    pub(super) ends: When,
    pub(super) panics: bool,
}

/// A shutdown handler.
#[derive(Debug, Clone)]
pub(super) struct Guest {
    pub(super) priority: i32,
    pub(super) timeout: u64,
    pub(super) phase: HandlerPhase,
    pub(super) conduct: Conduct,
    /// The numbers of those that it runs after: earlier ones of its phase and priority.
    pub(super) after: Vec<usize>,
}

/// What it does. None is a plain function: those run on threads, and a paused clock doesn't wait for threads.
#[derive(Debug, Clone, Copy)]
pub(super) enum Conduct {
    Takes(u64),
    ErrsAfter(u64),
    PanicsAfter(u64),
    Hangs,
}

impl Case {
    /// Work that is counted takes part too.
    pub(super) fn takes_part(&self) -> bool {
        self.takes_part || !self.guards.is_empty() || !self.tasks.is_empty()
    }

    pub(super) fn config(&self) -> Config {
        Config::new()
            .grace_period(ms(self.grace_period))
            .lame_duck(ms(self.lame_duck))
            .drain_timeout(ms(self.drain_timeout))
    }
}

/// Of every order of magnitude, so that short ones meet long ones.
fn length(most: u64) -> impl Strategy<Value = u64> {
    prop_oneof![1 => Just(0), 2 => 0..most.min(20), 2 => 0..most.min(600), 5 => 0..most]
}

fn when() -> impl Strategy<Value = When> {
    prop_oneof![
        4 => length(LONGEST).prop_map(When::After),
        5 => length(LONGEST / 3).prop_map(When::OfTheDrain),
        1 => Just(When::Never),
    ]
}

fn main() -> impl Strategy<Value = Main> {
    (when(), prop_oneof![6 => Just(Some(0)), 1 => Just(Some(3)), 1 => Just(None)])
        .prop_map(|(ends, code)| Main { ends, code })
}

fn task() -> impl Strategy<Value = Task> {
    (when(), any::<bool>()).prop_map(|(ends, panics)| Task { ends, panics })
}

fn conduct() -> impl Strategy<Value = Conduct> {
    prop_oneof![
        12 => length(20_000).prop_map(Conduct::Takes),
        3 => length(20_000).prop_map(Conduct::ErrsAfter),
        3 => length(20_000).prop_map(Conduct::PanicsAfter),
        5 => Just(Conduct::Hangs),
    ]
}

fn guest() -> impl Strategy<Value = Guest> {
    let phase = prop_oneof![1 => Just(HandlerPhase::LameDuck), 2 => Just(HandlerPhase::Drain), 3 => Just(HandlerPhase::Teardown)];
    (-3..4, length(20_000), phase, conduct()).prop_map(|(priority, timeout, phase, conduct)| Guest {
        priority,
        timeout: timeout + 1,
        phase,
        conduct,
        after: Vec::new(),
    })
}

/// Guests of which some run after others.
fn guests(number: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Guest>> {
    let after = prop_oneof![2 => vec(any::<usize>(), 0..1), 1 => vec(any::<usize>(), 1..3)];
    // One priority for all of them, now and then: their chains are long.
    (vec((guest(), after), number), prop::bool::weighted(0.3)).prop_map(|(guests, of_one_priority)| {
        let mut invited: Vec<Guest> = Vec::new();
        for (mut guest, after) in guests {
            guest.priority = if of_one_priority { 0 } else { guest.priority };
            let earlier = |number: &usize| {
                let earlier: &Guest = &invited[*number];
                (earlier.phase, earlier.priority) == (guest.phase, guest.priority)
            };
            let earlier: Vec<usize> = (0..invited.len()).filter(earlier).collect();
            let after = after.into_iter().filter(|_| !earlier.is_empty());
            guest.after = after.map(|any| earlier[any % earlier.len()]).collect();
            invited.push(guest);
        }
        invited
    })
}

/// Grace period, lame duck and drain timeout that `Config::resolved` lets pass.
fn budget() -> impl Strategy<Value = (u64, u64, u64)> {
    let grace_period = prop_oneof![1 => 1..1_000_u64, 9 => 1_000..LONGEST];
    let lame_duck = prop_oneof![1 => Just(0.0), 1 => 0.0..1.0_f64];
    (grace_period, lame_duck, 0.0..1.0_f64).prop_map(|(grace_period, lame_duck, drain)| {
        let part = |of: u64, share: f64| ms(of).mul_f64(share).as_millis() as u64;
        let lame_duck = part(grace_period - 1, lame_duck);
        (grace_period, lame_duck, part(grace_period - 1 - lame_duck, drain))
    })
}

fn reason() -> impl Strategy<Value = Reason> {
    prop_oneof![
        4 => Just(Reason::Signal(Signal::Terminate)),
        2 => Just(Reason::Signal(Signal::Interrupt)),
        1 => Just(Reason::Signal(Signal::Hangup)),
        1 => Just(Reason::Requested),
        1 => Just(Reason::CriticalTask("reader".into())),
    ]
}

pub(super) fn case() -> impl Strategy<Value = Case> {
    let surroundings = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let trigger =
        (length(LONGEST), reason(), weighted(0.1, 0..9_u8), prop::bool::weighted(0.05), option::of(1..LONGEST));
    let work = (main(), vec(vec(length(LONGEST / 2), 1..4), 0..3), vec(task(), 0..4));
    // More than the sixteen that are polled together, now and then.
    let guests = prop_oneof![9 => guests(0..10), 1 => guests(30..60)];
    let flush = weighted(0.3, 1..20_000_u64);
    let rest = (guests, flush, vec(0..LONGEST, 0..4));
    (budget(), trigger, surroundings, work, rest).prop_map(
        |(budget, trigger, surroundings, work, (guests, flush, looks))| {
            let (grace_period, lame_duck, drain_timeout) = budget;
            let (after, reason, exit_code, failed_task, hurry) = trigger;
            let (terminal, takes_part, awaited, ready) = surroundings;
            let (main, guards, tasks) = work;
            Case {
                grace_period,
                lame_duck,
                drain_timeout,
                after,
                reason,
                terminal,
                takes_part,
                awaited,
                ready,
                exit_code,
                failed_task,
                hurry,
                main,
                guards,
                tasks,
                guests,
                flush,
                looks,
            }
        },
    )
}
