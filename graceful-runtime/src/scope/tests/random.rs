//! Random trees of scopes, whose work and whose handlers end, fail, panic or hang, which are shut down in part, and with the
//! program, at any moment. After each step all of them are compared with what the test knows of each piece of work.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use tokio::runtime::{Builder, Handle};
use tokio::task::JoinHandle;

use super::super::node::Stage;
use super::*;
use crate::lifecycle::MainEnd;
use crate::sequence::{Stage as Sequence, run};
use crate::trigger::Reason;

#[derive(Debug, Clone)]
enum Step {
    /// Makes a scope, or gets the one of that name, in the one at this place. Few names, so that they meet again.
    Scope {
        within: usize,
        name: &'static str,
    },
    Job {
        scope: usize,
        job: Job,
        length: u64,
    },
    Handler {
        scope: usize,
        end: HandlerEnd,
        length: u64,
        timeout: u64,
    },
    ShutDown {
        scope: usize,
        timeout: u64,
    },
    /// Shuts down the program.
    Terminate,
    Wait(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Job {
    Returns,
    Fails,
    Panics,
    Hangs,
    /// Ends after the drain has begun.
    Drains,
    Critical,
    CriticalFails,
    Guard,
    /// A guard, unless it is refused.
    TriedGuard,
    /// A guard that is never dropped before the end.
    HangingGuard,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HandlerEnd {
    Returns,
    Fails,
    Panics,
    Hangs,
    Unregistered,
}

fn any_step() -> impl Strategy<Value = Step> {
    use Job::*;
    let jobs = [Returns, Fails, Panics, Hangs, Drains, Critical, CriticalFails, Guard, TriedGuard, HangingGuard];
    use HandlerEnd::{Fails as FailsToEnd, Hangs as HangsOn, Panics as PanicsAtEnd, Returns as Ends, Unregistered};
    let ends = [Ends, Ends, FailsToEnd, PanicsAtEnd, HangsOn, Unregistered];
    let length = select(&[0, 1, 10, 90, 100, 1_000][..]);
    let timeout = select(&[0, 1, 100, 1_000, 20_000][..]);
    prop_oneof![
        4 => (any::<usize>(), select(&["a", "b"][..])).prop_map(|(within, name)| Step::Scope { within, name }),
        8 => (any::<usize>(), select(jobs.to_vec()), length.clone())
            .prop_map(|(scope, job, length)| Step::Job { scope, job, length }),
        3 => (any::<usize>(), select(ends.to_vec()), length.clone(), select(&[1, 100, 5_000][..]))
            .prop_map(|(scope, end, length, timeout)| Step::Handler { scope, end, length, timeout }),
        3 => (any::<usize>(), timeout).prop_map(|(scope, timeout)| Step::ShutDown { scope, timeout }),
        1 => Just(Step::Terminate),
        4 => select(&[0, 1, 5, 95, 500][..]).prop_map(Step::Wait),
    ]
}

/// What has become of a piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Lives,
    Returned,
    Failed,
    /// Dropped before its end.
    Aborted,
}

/// A piece of work, and the scope in which it is counted: an index into the list of scopes.
#[derive(Debug)]
struct Piece {
    scope: Option<usize>,
    /// The scope that reports its failure: the same, or the one that it was spawned in.
    reports: usize,
    fate: Fate,
}

/// A handler, and how often it was called.
struct Hand {
    scope: usize,
    name: String,
    called: Arc<Mutex<usize>>,
}

type Pieces = Arc<Mutex<Vec<Piece>>>;

/// Notes the fate of a piece of work when it is dropped.
struct Noted {
    pieces: Pieces,
    piece: usize,
    fate: Fate,
}

impl Drop for Noted {
    fn drop(&mut self) {
        self.pieces.lock().unwrap_or_else(PoisonError::into_inner)[self.piece].fate = self.fate;
    }
}

struct World {
    program: &'static Program,
    /// Each with its parent. The first one is the program itself.
    scopes: Vec<(Scope, usize)>,
    pieces: Pieces,
    hanging: Vec<(ScopeInFlight, Noted)>,
    hands: Vec<Hand>,
    /// What a handler saw when it was called, and should not have.
    seen: Arc<Mutex<Vec<String>>>,
    shutdowns: Vec<(usize, JoinHandle<ScopeReport>)>,
    sequence: Option<JoinHandle<()>>,
}

impl World {
    fn new() -> Self {
        let program = new_program();
        let root = (Scope(program.root_scope()), 0);
        Self {
            program,
            scopes: vec![root],
            pieces: Pieces::default(),
            hanging: Vec::new(),
            hands: Vec::new(),
            seen: Arc::default(),
            shutdowns: Vec::new(),
            sequence: None,
        }
    }

    fn place(&self, any: usize) -> usize {
        any % self.scopes.len()
    }

    /// Not the program.
    fn place_of_scope(&self, any: usize) -> Option<usize> {
        (self.scopes.len() > 1).then(|| 1 + any % (self.scopes.len() - 1))
    }

    fn stage(&self, place: usize) -> Stage {
        self.scopes[place].0.0.state().stage
    }

    /// The scope at `place`, or the closest one around it that waits for work.
    fn counts_in(&self, mut place: usize) -> Option<usize> {
        while place > 0 && self.stage(place) >= Stage::Cut {
            place = self.scopes[place].1;
        }
        (place > 0).then_some(place)
    }

    async fn step(&mut self, step: Step) {
        match step {
            Step::Scope { within, name } => {
                let parent = self.place(within);
                let scope = self.scopes[parent].0.scope(name);
                if !self.scopes.iter().any(|(known, _)| Arc::ptr_eq(&known.0, &scope.0)) {
                    self.scopes.push((scope, parent));
                }
            }
            Step::Job { scope, job, length } => {
                if let Some(place) = self.place_of_scope(scope) {
                    self.begin(place, job, Duration::from_millis(length));
                }
            }
            Step::Handler { scope, end, length, timeout } => {
                if let Some(place) = self.place_of_scope(scope) {
                    self.register(place, end, Duration::from_millis(length), Duration::from_millis(timeout));
                }
            }
            Step::ShutDown { scope, timeout } => {
                if let Some(place) = self.place_of_scope(scope) {
                    let timeout = Duration::from_millis(timeout);
                    let (begin, report) = (Instant::now(), self.scopes[place].0.shut_down(timeout));
                    let bound = Duration::from_millis(3 + 3 * self.hands.len() as u64);
                    let bounded = async move {
                        let report = report.await;
                        // What was aborted has a millisecond at least, the handlers of each scope too, and the clock's steps are
                        // as long.
                        assert!(begin.elapsed() <= timeout + bound, "{:?}", begin.elapsed());
                        report
                    };
                    self.shutdowns.push((place, tokio::spawn(bounded)));
                }
            }
            Step::Terminate => self.terminate(),
            Step::Wait(millis) => sleep(Duration::from_millis(millis)).await,
        }
    }

    fn terminate(&mut self) {
        let program = self.program;
        if self.sequence.is_none() {
            program.main.set_end(MainEnd::Returned(0));
            program.lifecycle.begin(Reason::Requested);
            self.sequence = Some(tokio::spawn(async move {
                let shutdown = program.lifecycle.shutdown().unwrap();
                run(&Sequence { program, shutdown, app: Handle::current() }).await;
            }));
        }
    }

    fn begin(&mut self, place: usize, job: Job, length: Duration) {
        let is_task = !matches!(job, Job::Guard | Job::TriedGuard | Job::HangingGuard);
        let counts_in = self.counts_in(place);
        let scope = self.scopes[place].0.clone();
        let guard = match job {
            Job::TriedGuard => {
                let is_open = self.stage(place) == Stage::Open && !self.program.lifecycle.drain().is_cancelled();
                let tried = scope.try_track();
                assert_eq!(tried.is_ok(), is_open);
                let Ok(guard) = tried else { return };
                Some(guard)
            }
            Job::Guard | Job::HangingGuard => Some(scope.track()),
            _ => None,
        };
        let noted = {
            let mut pieces = self.pieces.lock().unwrap();
            pieces.push(Piece { scope: counts_in, reports: counts_in.unwrap_or(place), fate: Fate::Lives });
            let fate = if is_task { Fate::Aborted } else { Fate::Returned };
            Noted { pieces: Arc::clone(&self.pieces), piece: pieces.len() - 1, fate }
        };
        if job == Job::HangingGuard {
            return self.hanging.extend(guard.map(|guard| (guard, noted)));
        }
        let drain = scope.drain_started();
        let task = async move {
            // All of it, and not one member.
            let mut noted = noted;
            match job {
                Job::Hangs => pending().await,
                Job::Drains => drain.await,
                _ => {}
            }
            sleep(length).await;
            noted.fate = Fate::Failed;
            match job {
                Job::Panics => panic!("as it should"),
                Job::Fails | Job::CriticalFails => Err("no disk"),
                _ => {
                    noted.fate = Fate::Returned;
                    Ok(())
                }
            }
        };
        match (job, guard) {
            (_, Some(guard)) => {
                tokio::spawn(async move {
                    let _ = task.await;
                    drop(guard);
                });
            }
            (Job::Critical | Job::CriticalFails, None) => drop(scope.spawn_critical("critical", task)),
            (_, None) => drop(scope.spawn(task)),
        }
    }

    fn register(&mut self, place: usize, end: HandlerEnd, length: Duration, timeout: Duration) {
        let scope = self.scopes[place].0.clone();
        let name = self.hands.len().to_string();
        let called = Arc::new(Mutex::new(0));
        let (calls, seen, node) = (Arc::clone(&called), Arc::clone(&self.seen), Arc::downgrade(&scope.0));
        let look = move || {
            *calls.lock().unwrap() += 1;
            let node = node.upgrade().unwrap();
            let state = node.state();
            let is_over = state.len() == 0 || state.findings.abandoned.iter().any(|what| what.scope().is_some());
            if state.stage != Stage::Closing || state.children().count() > 0 || !is_over {
                seen.lock().unwrap().push(format!("{} at {:?} with {}", node.path, state.stage, state.len()));
            }
        };
        let handler = async move || {
            look();
            sleep(length).await;
            match end {
                HandlerEnd::Panics => panic!("as it should"),
                HandlerEnd::Fails => Err("no disk"),
                HandlerEnd::Hangs => pending().await,
                HandlerEnd::Returns | HandlerEnd::Unregistered => Ok(()),
            }
        };
        let is_in_time = self.stage(place) < Stage::Closing;
        let registered = scope.handler(&name).timeout(timeout).register(handler);
        assert_eq!(registered.is_ok(), is_in_time, "{registered:?}");
        match registered {
            Ok(registration) if end == HandlerEnd::Unregistered => assert!(registration.unregister()),
            Ok(_) => self.hands.push(Hand { scope: place, name: format!("{}/{name}", scope.name()), called }),
            Err(_) => {}
        }
    }

    /// Compares everything with the pieces of work.
    fn check(&self) {
        assert_eq!(*self.seen.lock().unwrap(), [""; 0], "a handler runs too early");
        for Hand { scope, name, called } in &self.hands {
            let called = *called.lock().unwrap();
            assert!(called <= usize::from(self.stage(*scope) >= Stage::Closing), "{name} was called {called} times");
        }
        let pieces = self.pieces.lock().unwrap();
        let live: Vec<_> = pieces.iter().filter(|piece| piece.fate == Fate::Lives).collect();
        assert_eq!(self.program.work.sum(), live.len());
        for (place, (scope, parent)) in self.scopes.iter().enumerate().skip(1) {
            let is_within = |piece: &&&Piece| {
                let mut within = piece.scope;
                while let Some(this) = within.filter(|this| *this != place) {
                    // What has ended is in no scope any more.
                    let is_over = self.stage(this) == Stage::Ended;
                    within = Some(self.scopes[this].1).filter(|parent| *parent > 0 && !is_over);
                }
                within.is_some()
            };
            assert_eq!(scope.in_flight(), live.iter().filter(is_within).count(), "{scope:?}");
            if *parent > 0 && self.stage(*parent) == Stage::Ended {
                assert_eq!(self.stage(place), Stage::Ended, "{scope:?} outlives its parent");
            }
            let own = |piece: &&Piece| piece.scope == Some(place);
            let Some(report) = scope.ended().now_or_never() else {
                let left = live.iter().any(|piece| piece.scope == Some(place));
                let drains = self.stage(place) >= Stage::Draining;
                let is_parent = (1..self.scopes.len())
                    .any(|child| self.scopes[child].1 == place && self.stage(child) < Stage::Ended);
                let runs = self.stage(place) == Stage::Closing && self.hands.iter().any(|hand| hand.scope == place);
                assert!(!drains || left || is_parent || runs, "{scope:?} has nothing to wait for");
                continue;
            };
            // Nobody is lost: what did not end by itself before the end is named, and nothing else.
            let named = |is_one: fn(&Abandoned) -> bool| -> usize {
                let own = report.abandoned().iter().filter(|what| what.scope() == Some(scope.name()));
                own.filter(|what| is_one(what)).map(Abandoned::number).sum()
            };
            let aborted = pieces.iter().filter(own).filter(|piece| piece.fate == Fate::Aborted).count();
            assert_eq!(named(|what| matches!(what, Abandoned::Task { .. })), aborted, "{report:?}");
            let held = live.iter().copied().filter(own).count();
            let guards = named(|what| matches!(what, Abandoned::InFlight { .. }));
            assert!(guards >= held, "{guards} of {held} guards are named: {report:?}");
            let failed: Vec<_> = pieces.iter().filter(|piece| piece.fate == Fate::Failed).collect();
            let certain = failed.iter().filter(|piece| piece.scope == Some(place)).count();
            // Of those that only the program counts, the ones that failed before the end.
            let possible = failed.iter().filter(|piece| piece.reports == place).count();
            let errors = report.errors().iter().filter(|error| error.scope() == scope.name()).count();
            assert!((certain..=possible).contains(&errors), "{errors} of {certain} or {possible}: {report:?}");
        }
    }

    async fn end(mut self) {
        self.terminate();
        let limit = self.program.config().timeouts().grace_period;
        let begin = Instant::now();
        self.sequence.take().unwrap().await.unwrap();
        assert!(begin.elapsed() <= limit);
        self.check();
        let mut reports = BTreeMap::new();
        for (place, report) in std::mem::take(&mut self.shutdowns) {
            let report = report.await.unwrap();
            assert_eq!(*reports.entry(place).or_insert_with(|| report.clone()), report, "each caller gets the same");
        }
        for (scope, _) in &self.scopes {
            assert!(scope.ended().now_or_never().is_some(), "{scope:?} has not ended");
        }
        for Hand { scope, name, called } in &self.hands {
            let report = self.scopes[*scope].0.ended().now_or_never().unwrap();
            let outcomes: Vec<_> = report.handlers().iter().filter(|handler| handler.name() == name).collect();
            let [handler] = outcomes.as_slice() else { panic!("{name} is in the report {} times", outcomes.len()) };
            let has_ended = matches!(handler.outcome().label(), "completed" | "failed" | "panicked");
            assert!(!has_ended || *called.lock().unwrap() == 1, "{handler:?} was not called");
        }
        let program = self.program;
        drop(self);
        // The tasks that hold a guard and the time.
        sleep(Duration::from_secs(60)).await;
        assert_eq!(program.root_scope().tree().len(), 1, "nothing is left of the scopes");
    }
}

proptest! {
    #[test]
    fn scopes_keep_their_promises(steps in vec(any_step(), 1..40)) {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let mut world = World::new();
            for step in steps {
                world.step(step).await;
                world.check();
            }
            world.end().await;
        });
    }
}
