//! The guide's own files.

use graceful_manifest::{Program, Rule};

use crate::cases::{GUIDE, check, program, rules, secs, teardown};

/// The guide's service: 30 s for the longest request, 15 s for the handlers.
fn service() -> Program {
    Program {
        grace_period: secs(54),
        drain_timeout: Some(secs(30)),
        handlers: Some(vec![teardown("workers", 20, 10), teardown("database", 10, 5)]),
        ..Program::default()
    }
}

#[test]
fn its_sum_is_right_and_its_sleep_needs_a_shell() {
    let findings = check(&service(), GUIDE);
    assert_eq!(rules(&findings), [Rule::ExecSleep]);
    assert_eq!((findings[0].line, findings[0].column), (36, 13));
}

#[test]
fn a_second_more_is_one_too_many() {
    let findings = check(&Program { grace_period: secs(55), ..service() }, GUIDE);
    let lines: Vec<_> = findings.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines[0],
        "api.yaml:17:7: warning: Deployment/web-app: the pod is granted 1 min, which is enough for the plan, but the forced exit \
         needs 1 min 1 s: preStop 5 s + grace period 55 s + 1 s to spare; write `terminationGracePeriodSeconds: 61`, or lower the program's grace period to 54s \
         [forced-exit-too-late]"
    );
}

#[test]
fn its_budget_keeps_two_of_three() {
    let two = GUIDE.replace("replicas: 3", "replicas: 2");
    assert_eq!(rules(&check(&program(), &two)), [Rule::ExecSleep, Rule::PodDisruptionBudgetBlocks]);
}
