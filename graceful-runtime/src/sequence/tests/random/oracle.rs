//! What the contract says of a case, worked out apart from the code that carries it out: on paper, without a runtime.
//!
//! Milliseconds since the trigger, as the clock of a test ticks; shares of a budget in nanoseconds.

use graceful_core::HandlerPhase;

use super::super::{Outcome, Phase, Reason, Signal};
use super::case::{Case, Conduct, Guest, When};

const NEVER: u64 = u64::MAX;
const NANOS: u128 = 1_000_000;

pub(super) struct Expected {
    pub(super) reason: Reason,
    /// Begin and length of each.
    pub(super) phases: Vec<(Phase, u64, u64)>,
    /// For each guest, in the case's order.
    pub(super) handlers: Vec<Handler>,
    pub(super) main_is_abandoned: bool,
    pub(super) abandoned_tasks: usize,
    pub(super) abandoned_guards: usize,
    pub(super) exit_code: u8,
    pub(super) is_clean: bool,
    /// How long the handler of the flush may take, in nanoseconds.
    pub(super) flush: Option<u128>,
    /// When the last handler must have ended, in nanoseconds.
    pub(super) end: u128,
    /// `false`: two events that exclude each other fall on the same tick, or some handler had no time at all. Then only
    /// what holds for either is to be expected.
    pub(super) certain: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Handler {
    /// `None`: left out.
    pub(super) began: Option<u64>,
    pub(super) elapsed: u64,
    /// In nanoseconds.
    pub(super) allowance: u128,
    pub(super) outcome: Outcome,
}

/// The tick at which a timer goes off.
fn tick(nanos: u128) -> u64 {
    nanos.div_ceil(NANOS) as u64
}

fn nanos(millis: u64) -> u128 {
    u128::from(millis) * NANOS
}

impl Expected {
    pub(super) fn of(case: &Case) -> Self {
        Oracle { case, certain: true, handlers: vec![None; case.guests.len()] }.foresee()
    }
}

struct Oracle<'a> {
    case: &'a Case,
    certain: bool,
    handlers: Vec<Option<Handler>>,
}

impl Oracle<'_> {
    /// Whether `a` comes before `b`, of which only one can happen.
    fn first(&mut self, a: u64, b: u64) -> bool {
        self.certain &= a != b || a == NEVER;
        a < b
    }

    fn foresee(mut self) -> Expected {
        let case = self.case;
        let (after, reason) = self.trigger();
        let grace_period = nanos(case.grace_period);
        let end = grace_period - (grace_period / 10).min(250 * NANOS);
        // A SIGINT right after the trigger is the same Ctrl-C.
        let hurry = case.hurry.filter(|hurry| *hurry >= 250).unwrap_or(NEVER);

        let ends = |when: When, drain: u64| match when {
            When::After(length) => length.saturating_sub(after),
            When::OfTheDrain(length) => drain.saturating_add(length),
            When::Never => NEVER,
        };
        let guard_ends: Vec<u64> =
            case.guards.iter().map(|guards| guards.iter().sum::<u64>().saturating_sub(after)).collect();
        let ctrl_c = reason == Reason::Signal(Signal::Interrupt) && case.terminal;
        let never_ready = case.awaited && !case.ready;
        let skipped =
            case.lame_duck == 0 || ctrl_c || never_ready || matches!(reason, Reason::MainReturned | Reason::MainFailed);
        let is_signal = matches!(reason, Reason::Signal(_));
        let cancels_start = is_signal && !case.takes_part() && (ctrl_c || never_ready);

        // Lame duck: as long as it says, and until its handlers have ended; or until main fails, or returns and nothing is left,
        // or a person is waiting.
        let teardown_groups = self.groups(&[HandlerPhase::Teardown]);
        let flush = nanos(case.flush.unwrap_or(0));
        let reserve: u128 = teardown_groups.iter().map(|group| self.longest(group)).sum::<u128>() + flush;
        let duck_groups = self.groups(&[HandlerPhase::LameDuck]);
        let mut drain = 0;
        let mut cut_short = false;
        if skipped {
            self.first(hurry, drain);
        } else {
            let longest: u128 = duck_groups.iter().map(|group| self.longest(group)).sum();
            let limit = longest.min(end.saturating_sub(reserve + nanos(case.drain_timeout)).max(end / 4));
            let handlers_end = self.run(duck_groups, 0, limit, 0, hurry, false);
            let main_end = ends(case.main.ends, NEVER);
            let task_ends = case.tasks.iter().map(|task| ends(task.ends, NEVER));
            let nothing_serves = match case.main.code {
                Some(0) => {
                    task_ends.chain(guard_ends.iter().copied()).chain([main_end, handlers_end]).max().unwrap_or(0)
                }
                _ => main_end,
            };
            let over = tick(nanos(case.lame_duck).min(end)).min(nothing_serves).max(handlers_end);
            cut_short = self.handlers.iter().flatten().any(|handler| handler.outcome == Outcome::Cancelled);
            cut_short |= self.first(hurry, over);
            drain = if cut_short { hurry } else { over };
        }

        // Drain: to the first moment when all four hold, or to its limit, or to a further Ctrl-C.
        let left = end.saturating_sub(nanos(drain));
        let of_the_drain: &[HandlerPhase] =
            if skipped { &[HandlerPhase::LameDuck, HandlerPhase::Drain] } else { &[HandlerPhase::Drain] };
        let drain_groups = self.groups(of_the_drain);
        let limit = nanos(case.drain_timeout).min(left.saturating_sub(reserve).max(left / 4));
        let limit = nanos(drain) + limit;
        let handlers_end = self.run(drain_groups, drain, limit, 0, hurry, cut_short);
        let mut main_end = ends(case.main.ends, drain);
        let task_ends: Vec<_> = case.tasks.iter().map(|task| ends(task.ends, drain)).collect();
        let cut = if cut_short { drain } else { tick(limit).min(hurry) };
        // A start that is cancelled drops main after a second, or when the drain ends before that.
        let main_is_cancelled = cancels_start && !self.first(main_end, cut.min(1_000));
        if main_is_cancelled {
            main_end = cut.min(1_000);
        }
        let in_flight = || task_ends.iter().chain(&guard_ends).copied().chain([main_end]);
        let finished = in_flight().max().unwrap_or(0).max(handlers_end).max(drain);
        let mut teardown = finished.min(cut);
        if in_flight().any(|end| end == cut) && !main_is_cancelled {
            self.certain = false;
        }
        if cut_short && main_end > drain {
            // A moment for main to hear of it.
            let settle = (end.saturating_sub(nanos(drain)) / 10).min(1_000 * NANOS) / 2;
            let moment = tick(nanos(drain) + settle);
            teardown = if self.first(main_end, moment) { main_end } else { moment };
            if in_flight().any(|end| end == teardown && end != main_end) {
                self.certain = false;
            }
        }
        let is_left = |end: &&u64| **end > teardown;

        // Teardown: whatever came before.
        let stopped = self.run(teardown_groups, teardown, end, flush, NEVER, false);

        let mut phases =
            vec![(Phase::Draining, drain, teardown - drain), (Phase::Teardown, teardown, stopped - teardown)];
        if !skipped {
            phases.insert(0, (Phase::LameDuck, 0, drain));
        }
        for &look in &case.looks {
            self.certain &= ![drain, teardown, stopped].contains(&look);
        }
        let main_is_abandoned = is_left(&&main_end) && !main_is_cancelled;
        let abandoned_tasks = task_ends.iter().filter(is_left).count();
        let abandoned_guards = guard_ends.iter().filter(is_left).count();
        let handlers: Vec<_> =
            self.handlers.into_iter().map(|handler| handler.expect("each guest is in a group")).collect();
        let is_clean = !main_is_abandoned
            && abandoned_tasks + abandoned_guards == 0
            && !case.failed_task
            && handlers.iter().all(|handler| handler.outcome == Outcome::Completed);
        let cancelled = match &reason {
            Reason::Signal(signal) => 128 + signal.number(),
            _ => 0,
        };
        let of_main = if main_is_cancelled || main_is_abandoned && !case.takes_part() {
            cancelled
        } else if main_is_abandoned {
            0
        } else {
            case.main.code.unwrap_or(101)
        };
        let codes = [case.exit_code.unwrap_or(0), of_main, u8::from(!is_clean)];
        let exit_code = codes.into_iter().find(|&code| code != 0).unwrap_or(0);
        Expected {
            reason,
            phases,
            handlers,
            main_is_abandoned,
            abandoned_tasks,
            abandoned_guards,
            exit_code,
            is_clean,
            flush: case.flush.map(|_| flush.min(end.saturating_sub(nanos(stopped)))),
            end,
            certain: self.certain,
        }
    }

    /// When it comes, after the start of the service, and why.
    fn trigger(&mut self) -> (u64, Reason) {
        let case = self.case;
        match case.main.ends {
            When::After(length) if self.first(length, case.after) => match case.main.code {
                Some(0) => (length, Reason::MainReturned),
                _ => (length, Reason::MainFailed),
            },
            _ => (case.after, case.reason.clone()),
        }
    }

    /// The guests of these phases, by priority from high to low: their numbers.
    fn groups(&self, phases: &[HandlerPhase]) -> Vec<Vec<usize>> {
        let guests = &self.case.guests;
        let mut priorities: Vec<_> =
            guests.iter().filter(|guest| phases.contains(&guest.phase)).map(|guest| guest.priority).collect();
        priorities.sort_unstable();
        priorities.dedup();
        let is_of = |number: &usize, priority| {
            let guest: &Guest = &guests[*number];
            phases.contains(&guest.phase) && guest.priority == priority
        };
        let group = |priority| (0..guests.len()).filter(|number| is_of(number, priority)).collect();
        priorities.into_iter().rev().map(group).collect()
    }

    /// The longest chain of a group.
    fn longest(&self, group: &[usize]) -> u128 {
        group.iter().map(|&number| nanos(self.case.guests[number].timeout) + self.rest(number)).max().unwrap_or(0)
    }

    /// The longest chain of those that wait for a guest, found by trying all.
    fn rest(&self, number: usize) -> u128 {
        let waiting = self.case.guests.iter().enumerate().filter(|(_, guest)| guest.after.contains(&number));
        waiting.map(|(number, guest)| nanos(guest.timeout) + self.rest(number)).max().unwrap_or(0)
    }

    /// One group after another, from `begin` on, all by `end`, of which `reserve` is for what comes after. Gives when the last has
    /// ended.
    fn run(
        &mut self,
        groups: Vec<Vec<usize>>,
        begin: u64,
        end: u128,
        reserve: u128,
        cut: u64,
        mut left_out: bool,
    ) -> u64 {
        let mut now = begin;
        for (number, group) in groups.iter().enumerate() {
            let left = end.saturating_sub(nanos(now));
            let longest = self.longest(group);
            let wanted = groups[number..].iter().map(|group| self.longest(group)).sum::<u128>() + reserve;
            // All that the later groups do not need, or in proportion what there is.
            let share = if wanted <= left { left - (wanted - longest) } else { left * longest / wanted };
            let group_began = now;
            for &number in group {
                let guest = &self.case.guests[number];
                let timeout = nanos(guest.timeout);
                // Each one waits only for those before it.
                let ended = |before: &usize| {
                    let handler = self.handlers[*before].as_ref().expect("it was before");
                    handler.began.map_or(group_began, |began| began + handler.elapsed)
                };
                let begin = guest.after.iter().map(ended).max().unwrap_or(group_began);
                let cancelled = |before: &&usize| {
                    self.handlers[**before].as_ref().is_some_and(|handler| handler.outcome == Outcome::Cancelled)
                };
                let handler = if left_out || guest.after.iter().find(cancelled).is_some() {
                    Handler { began: None, elapsed: 0, allowance: timeout, outcome: Outcome::Cancelled }
                } else {
                    let share = (nanos(group_began) + share).saturating_sub(nanos(begin));
                    let wanted = timeout + self.rest(number);
                    let share = if wanted <= share { timeout } else { share * timeout / wanted };
                    self.run_one(guest.conduct, begin, share, cut)
                };
                now = now.max(begin + handler.elapsed);
                self.handlers[number] = Some(handler);
            }
            // What ended with the cut, but for itself, may have let the next group begin.
            let was_cancelled = |&number: &usize| {
                self.handlers[number].as_ref().is_some_and(|handler| handler.outcome == Outcome::Cancelled)
            };
            left_out |= group.iter().any(was_cancelled);
        }
        now
    }

    fn run_one(&mut self, conduct: Conduct, begin: u64, allowance: u128, cut: u64) -> Handler {
        // A quarter of it is the time to begin.
        self.certain &= allowance >= 4;
        let (length, outcome) = match conduct {
            Conduct::Takes(length) => (length, Outcome::Completed),
            Conduct::ErrsAfter(length) => (length, Outcome::Failed("errs".into())),
            Conduct::PanicsAfter(length) => (length, Outcome::Panicked("panics".into())),
            Conduct::Hangs => (NEVER, Outcome::Completed),
        };
        let (ended, limit) = (begin.saturating_add(length), tick(nanos(begin) + allowance));
        let (ended, outcome) =
            if self.first(ended, limit) { (ended, outcome) } else { (limit, Outcome::TimedOut { blocked: false }) };
        let (ended, outcome) =
            if self.first(cut, ended) { (cut.max(begin), Outcome::Cancelled) } else { (ended, outcome) };
        Handler { began: Some(begin), elapsed: ended - begin, allowance, outcome }
    }
}
