//! Ladder, phases and deadline as a machine of states: every order of signals, triggers and seconds, to its end.
//!
//! There is no copy of the machine here. A state is what the runtime's own code is in after a path of actions; each is
//! brought about by taking that path from the start, on a paused clock. Only what ends a process is told in a line of
//! the [world](world): the signal policy's last step, the last step of the sequence, and the deadline.

mod explore;
mod world;

use std::collections::BTreeSet;

use self::explore::{Graph, explore};
use self::world::{Action, State, World};
use super::Phase;
use crate::exit::code;

/// A person, an orchestrator, and a service that ends or doesn't.
#[test]
fn signals() {
    for lame_duck in [0, 1] {
        let world = World {
            lame_duck,
            stuck: false,
            actions: &[
                Action::Terminate,
                Action::Interrupt,
                Action::MainReturns,
                Action::WorkEnds,
                Action::SecondPasses,
            ],
        };
        let codes = check(&world);
        assert_eq!(codes, BTreeSet::from([0, code::UNCLEAN, code::INTERRUPTED]));
    }
}

/// Whatever else starts the shutdown, and decides its exit code.
#[test]
fn triggers() {
    let world = World {
        lame_duck: 1,
        stuck: false,
        actions: &[
            Action::Terminate,
            Action::Interrupt,
            Action::ExitIsCalled,
            Action::CriticalTaskFails,
            Action::MainFails,
            Action::SecondPasses,
        ],
    };
    let codes = check(&world);
    assert_eq!(codes, BTreeSet::from([code::UNCLEAN, world::MAINS_CODE, world::EXITS_CODE, code::INTERRUPTED]));
}

/// No thread of the application's runtime answers.
#[test]
fn deadline() {
    let world = World {
        lame_duck: 1,
        stuck: true,
        actions: &[Action::Terminate, Action::Interrupt, Action::MainReturns, Action::SecondPasses],
    };
    let codes = check(&world);
    assert_eq!(codes, BTreeSet::from([code::DEADLINE, code::INTERRUPTED]));
}

/// Holds every state and every step against the promises. Gives the exit codes that there are.
fn check(world: &World) -> BTreeSet<u8> {
    let graph = explore(world);
    for state in &graph.states {
        let is_forwards = state.phases.iter().map(|(phase, _)| *phase).is_sorted_by(|a, b| a < b);
        assert!(is_forwards, "{state:?}");
        assert!(state.interrupts < 3 || state.exited.is_some(), "the third SIGINT exits: {state:?}");
        assert!(state.seconds < world::GRACE_PERIOD || state.exited.is_some(), "the deadline is over: {state:?}");
    }
    for (from, action, to) in graph.steps() {
        goes_forwards(from, to);
        match action {
            Action::Terminate if from.phase > Phase::Running => assert_eq!(from, to, "SIGTERM again"),
            Action::Terminate => assert!(to.phase > Phase::Running),
            Action::Interrupt => moves_one_stage_on(from, to),
            Action::SecondPasses => assert!(to.exited.is_some() || to.seconds == from.seconds + 1),
            _ => {}
        }
        if from.exited.is_none() && to.exited == Some(code::INTERRUPTED) {
            assert_eq!(action, Action::Interrupt, "{from:?} {to:?}");
        }
        if from.exited.is_none() && to.exited == Some(code::DEADLINE) {
            assert_eq!((action, to.seconds), (Action::SecondPasses, world::GRACE_PERIOD), "{from:?} {to:?}");
        }
    }
    ends(&graph);
    graph.states.iter().filter_map(|state| state.exited).collect()
}

fn goes_forwards(from: &State, to: &State) {
    assert!(to.phase >= from.phase && to.phases.starts_with(&from.phases), "{from:?} {to:?}");
    assert!(from.reason.is_none() || from.reason == to.reason, "only one trigger counts: {from:?} {to:?}");
    assert!(!from.hurried || to.hurried);
    assert!(from.exited.is_none(), "nothing comes after the end: {from:?}");
}

fn moves_one_stage_on(from: &State, to: &State) {
    match from.phase {
        Phase::Running => assert!(to.phase >= Phase::Draining && !to.hurried, "without a lame duck: {to:?}"),
        Phase::LameDuck | Phase::Draining if !from.hurried => {
            assert!(to.hurried && to.phase >= Phase::Draining, "{from:?} {to:?}");
        }
        _ => assert_eq!(to.exited, Some(code::INTERRUPTED), "{from:?}"),
    }
}

/// From every state on, nothing but time has to pass: each second leads to a later one, and the last to the exit.
fn ends(graph: &Graph) {
    for (number, state) in graph.states.iter().enumerate() {
        let mut ways = graph.steps_from(number);
        match (state.exited, state.phase) {
            (Some(_), _) => assert!(ways.next().is_none(), "{state:?}"),
            (None, Phase::Running) => assert!(ways.any(|(_, to)| to.phase > Phase::Running), "{state:?}"),
            (None, _) => {
                let (_, to) = ways.find(|(action, _)| *action == Action::SecondPasses).expect("time goes on");
                assert!(to.exited.is_some() || to.seconds > state.seconds, "{state:?}");
            }
        }
    }
}
