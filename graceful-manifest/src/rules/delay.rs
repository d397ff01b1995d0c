//! A wait before the signal beside a lame duck.

use crate::rule::Rule;
use crate::text::shown;

use super::{Case, Findings};

pub(super) fn check(case: &Case<'_, '_>, findings: &mut Findings) {
    let lame_duck = case.program().lame_duck;
    let Some((key, delay)) = case.grant.delay.filter(|_| !lame_duck.is_zero()) else { return };
    let (name, whole) = (case.grant.platform.name, case.grant.platform.whole);
    let message = format!(
        "{name} waits {} before the signal, and the lame duck lasts another {}: for {} the {whole} only waits for traffic to stop",
        shown(delay.value),
        shown(lame_duck),
        shown(delay.value.saturating_add(lame_duck)),
    );
    findings.add(Rule::PreStopAndLameDuck, delay.position, message, format!("remove `{key}`, or the lame duck"));
}
