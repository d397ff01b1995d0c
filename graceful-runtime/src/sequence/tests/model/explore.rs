//! All states of a world, breadth first, and the steps between them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::world::{Action, State, World};

/// A world of more states is a mistake in what tells one from the other.
const MOST: usize = 5_000;

pub(super) struct Graph {
    pub(super) states: Vec<State>,
    /// From which state, by what, to which.
    steps: Vec<(usize, Action, usize)>,
}

impl Graph {
    pub(super) fn steps(&self) -> impl Iterator<Item = (&State, Action, &State)> {
        self.steps.iter().map(|&(from, action, to)| (&self.states[from], action, &self.states[to]))
    }

    pub(super) fn steps_from(&self, number: usize) -> impl Iterator<Item = (Action, &State)> {
        let own = self.steps.iter().filter(move |(from, ..)| *from == number);
        own.map(|&(_, action, to)| (action, &self.states[to]))
    }
}

pub(super) fn explore(world: &World) -> Graph {
    let first = world.after(&[]);
    let mut graph = Graph { states: vec![first.clone()], steps: Vec::new() };
    let mut numbers = HashMap::from([(first, 0)]);
    // The shortest way to each.
    let mut paths: Vec<Vec<Action>> = vec![Vec::new()];
    let mut next = 0;
    while next < graph.states.len() {
        for action in world.actions_in(&graph.states[next]) {
            let path = [&paths[next][..], &[action]].concat();
            let state = world.after(&path);
            let number = match numbers.entry(state) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(new) => {
                    graph.states.push(new.key().clone());
                    paths.push(path);
                    *new.insert(graph.states.len() - 1)
                }
            };
            graph.steps.push((next, action, number));
        }
        next += 1;
        assert!(graph.states.len() < MOST, "{:?}", graph.states.last());
    }
    graph
}
