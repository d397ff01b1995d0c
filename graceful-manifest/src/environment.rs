//! The variables of the environment that override the program's keys, read as the program reads them at its start.

use graceful_core::environment::{BadValue, DRAIN_TIMEOUT, GRACE_PERIOD, LAME_DUCK, PROBES, REPORT, Variable};

use crate::grant::{At, Grant, VariableValue};
use crate::program::Program;
use crate::tree::Position;

/// The program as it runs with this grant.
#[derive(Debug)]
pub(crate) struct Effective {
    pub(crate) program: Program,
    /// The place where the grace period, the lame duck or the drain timeout is overridden. Of several, the last of
    /// these three.
    pub(crate) overridden: Option<Position>,
    /// Whether the grace period is overridden.
    pub(crate) sets_grace_period: bool,
    /// The place where the probes are overridden.
    pub(crate) probes_overridden: Option<Position>,
    pub(crate) bad: Vec<At<BadValue>>,
    /// The variables whose values are not in the files.
    pub(crate) unknown: Vec<At<&'static str>>,
}

impl Effective {
    pub(crate) fn new(program: &Program, grant: &Grant<'_>) -> Self {
        let mut effective = Self {
            program: program.clone(),
            overridden: None,
            sets_grace_period: false,
            probes_overridden: None,
            bad: Vec::new(),
            unknown: Vec::new(),
        };
        if let Some(grace_period) = effective.read(grant, GRACE_PERIOD) {
            effective.program.grace_period = grace_period.value;
            effective.overridden = Some(grace_period.position);
            effective.sets_grace_period = true;
        }
        if let Some(lame_duck) = effective.read(grant, LAME_DUCK) {
            effective.program.lame_duck = lame_duck.value;
            effective.overridden = Some(lame_duck.position);
        }
        if let Some(drain_timeout) = effective.read(grant, DRAIN_TIMEOUT) {
            effective.program.drain_timeout = Some(drain_timeout.value);
            effective.overridden = Some(drain_timeout.position);
        }
        if let Some(probes) = effective.read(grant, PROBES) {
            effective.program.probes = probes.value;
            effective.probes_overridden = Some(probes.position);
        }
        // Only a bad value matters: no rule depends on the format.
        let unknown = effective.unknown.len();
        effective.read(grant, REPORT);
        effective.unknown.truncate(unknown);
        effective
    }

    fn read<T>(&mut self, grant: &Grant<'_>, variable: Variable<T>) -> Option<At<T>> {
        let found = grant.variable(variable.name())?;
        let position = found.position;
        let VariableValue::Text(text) = &found.value else {
            self.unknown.push(At { value: variable.name(), position });
            return None;
        };
        match variable.read(text) {
            Ok(value) => value.map(|value| At { value, position }),
            Err(bad) => {
                self.bad.push(At { value: bad, position });
                None
            }
        }
    }
}
