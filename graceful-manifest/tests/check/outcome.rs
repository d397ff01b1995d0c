//! What was checked and what was not, and grants without a file.

use std::time::Duration;

use graceful_core::duration;
use graceful_manifest::{Check, ErrorKind, Finding, Granted, Program, Rule, Source};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::cases::{GOOD, TEST_POD, changed, program, random, secs, skipped, teardown};

const OTHER: &str = "
---
apiVersion: batch/v1
kind: Job
metadata: { name: migrate }
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{ name: migrate, image: migrate }]
";

fn sources(text: &str) -> [Source<'_>; 1] {
    [Source { name: "api.yaml", text }]
}

#[test]
fn what_was_checked_and_what_was_not() {
    let text = format!("{GOOD}{OTHER}");
    let program = program();
    let outcome = Check::new(&program).container("api").run(&sources(&text)).unwrap();
    let checked: Vec<_> = outcome.checked.iter().map(|it| (&*it.object, &*it.container, it.platform)).collect();
    assert_eq!(checked, [("Deployment/api", "api", "Kubernetes")]);
    assert_eq!(outcome.checked[0].line, 2);
    assert_eq!(skipped(&outcome), [("Job/migrate", "it has no container `api`")]);
    assert_eq!(outcome.skipped[0].source, "api.yaml");
}

#[test]
fn a_workload_is_chosen_by_kind_and_name() {
    // Both containers have the same name.
    let text = format!("{GOOD}{}", OTHER.replace("{ name: migrate, image", "{ name: api, image"));
    let program = program();
    let check = Check::new(&program);
    let objects = |check: &Check<'_>| -> Vec<String> {
        let outcome = check.run(&sources(&text)).unwrap();
        outcome.checked.into_iter().map(|checked| checked.object).collect()
    };
    assert_eq!(objects(&check), ["Deployment/api", "Job/migrate"]);
    assert_eq!(objects(&check.workload("Job/migrate")), ["Job/migrate"]);
    let outcome = check.workload("Job/migrate").run(&sources(&text)).unwrap();
    assert_eq!(outcome.skipped[0].reason, "only `Job/migrate` was asked for");
    let error = check.workload("Job/api").run(&sources(&text)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoSuchWorkload);
    assert_eq!(error.to_string(), "no object is called `Job/api`: the files have `Deployment/api` and `Job/migrate`");
    let error = check.workload("Job/migrate").service("web").run(&sources(&text)).unwrap_err();
    assert_eq!(error.to_string(), "no container is called `web`: the pods have `api`");
}

/// Agones' Fleet has its pods one level deeper, and OpenShift's Template has whole objects.
#[test]
fn containers_at_an_unknown_place_are_noted() {
    let fleet = "
---
apiVersion: agones.dev/v1
kind: Fleet
metadata: { name: game }
spec: { template: { spec: { template: { spec: { containers: [{ name: game, image: game }] } } } } }
---
apiVersion: example.com/v1
kind: Shelf
metadata: { name: other }
spec: { containers: [{ volume: 3 }] }
";
    let program = program();
    let outcome = Check::new(&program).run(&sources(&format!("{GOOD}{fleet}"))).unwrap();
    assert_eq!(skipped(&outcome), [("Fleet/game", "its containers are at a place that the check does not know")]);
    let error = Check::new(&program).run(&sources(fleet)).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("; Fleet/game was skipped: its containers are at a place that the check does not know")
    );
}

#[test]
fn tests_and_copies_are_noted() {
    let text =
        changed(&[TEST_POD]).replace("name: test, namespace: shop", "name: test, annotations: { helm.sh/hook: test }");
    let outcome = Check::new(&program()).run(&sources(&text)).unwrap();
    assert_eq!(outcome.skipped[0].object, "Pod/test");
    assert_eq!(outcome.skipped[0].reason, "it is a test of a chart");
    let text = changed(&[crate::cases::MADE]);
    let outcome = Check::new(&program()).run(&sources(&text)).unwrap();
    assert_eq!(outcome.skipped[0].object, "ReplicaSet/api-5d9");
    assert_eq!(outcome.skipped[0].reason, "it was created by Deployment/api");
}

fn granted(program: &Program, granted: &Granted) -> Vec<String> {
    let outcome = Check::new(program).granted(granted);
    assert_eq!(outcome.checked.len(), 1);
    outcome.findings.iter().map(ToString::to_string).collect()
}

fn grace(secs: u64) -> Program {
    Program { grace_period: Duration::from_secs(secs), handlers: Some(Vec::new()), ..Program::default() }
}

#[test]
fn each_platform_has_its_defaults() {
    for (platform, most) in [
        ("cloud-run", 9),
        ("compose", 9),
        ("docker", 9),
        ("ecs", 29),
        ("fargate", 29),
        ("fly", 4),
        ("heroku", 29),
        ("kubernetes", 29),
        ("nomad", 4),
        ("render", 29),
        ("systemd", 89),
    ] {
        let grant = Granted::by_platform(platform).unwrap();
        assert_eq!(granted(&grace(most), &grant), [""; 0], "{platform}");
        assert_eq!(granted(&grace(most + 1), &grant).len(), 1, "{platform}");
    }
    assert_eq!(Granted::platforms().count(), 11);
    assert!(Granted::platforms().is_sorted());
    assert!(Granted::by_platform("windows").is_none());
}

#[test]
fn the_messages_have_the_keys_of_the_platform() {
    let by = |name| Granted::by_platform(name).unwrap();
    for (program, grant, message) in [
        (
            Program::default(),
            by("docker"),
            "error: docker: the container is granted 10 s, the default, but needs 25 s: grace period 24 s + 1 s to spare; \
             write `--stop-timeout 25`, or lower the program's grace period to 9s [grace-period-too-short]",
        ),
        (
            grace(400),
            by("fly"),
            "error: fly: the machine is granted 5 s, the default, but needs 6 min 41 s: grace period 6 min 40 s + 1 s to \
             spare; write `kill_timeout = 300`, the most that Fly.io grants, and lower the program's grace period to 4m 59s \
             [grace-period-too-short]",
        ),
        (
            grace(400),
            by("fly").time(secs(300)),
            "warning: fly: the machine is granted 5 min, which is enough for the plan, but the forced exit needs 6 min 41 s: \
             grace period 6 min 40 s + 1 s to spare; lower the program's grace period to 4m 59s [forced-exit-too-late]",
        ),
        (
            grace(2),
            Granted::new(secs(1)),
            "error: granted: the program is granted 1 s but needs 3 s: grace period 2 s + 1 s to spare; grant at least 3 s \
             [grace-period-too-short]",
        ),
        (
            Program { drain_timeout: Some(secs(20)), ..Program::default() },
            Granted::new(secs(10)),
            "error: granted: the program is granted 10 s but needs 25 s: grace period 24 s + 1 s to spare; shorten the \
             program's timeouts until its grace period can be 9s [grace-period-too-short]",
        ),
        (
            Program { signals: vec!["SIGTERM".to_owned()], ..grace(4) },
            by("fly"),
            "error: fly: Fly.io stops the machine with `SIGINT`, but the program handles only `SIGTERM`; add `SIGINT` to \
             the key `signals`, or write `kill_signal = \"SIGTERM\"` [stop-signal-not-handled]",
        ),
        (
            grace(4),
            Granted::new(secs(10)).signal("quit"),
            "error: granted: the platform stops the program with `SIGQUIT`, but the program handles only `SIGTERM` and \
             `SIGINT`; add `SIGTERM` to the key `signals` [stop-signal-not-handled]",
        ),
        (
            grace(4),
            by("fly").time(secs(301)),
            "error: fly: `kill_timeout` is 5 min 1 s, but Fly.io grants at most 5 min; write `kill_timeout = 300` \
             [invalid-value]",
        ),
        (
            grace(4),
            by("docker").time(Duration::ZERO),
            "error: docker: `--stop-timeout` is 0: Docker kills the program at once; write `--stop-timeout 5` \
             [zero-grace-period]",
        ),
    ] {
        assert_eq!(granted(&program, &grant), [message]);
    }
}

/// The finding about the time, if there is one.
fn about_time(program: &Program, granted: &Granted) -> Option<Finding> {
    let is_about_time = |finding: &Finding| {
        matches!(finding.rule, Rule::GracePeriodTooShort | Rule::ForcedExitTooLate | Rule::ZeroGracePeriod)
    };
    Check::new(program).granted(granted).findings.into_iter().find(is_about_time)
}

proptest! {
    #![proptest_config(random(512))]

    /// Each part of the advice helps on its own, on every platform.
    #[test]
    fn advice_about_the_time_helps(
        platform in select(Granted::platforms().collect::<Vec<_>>()),
        (grace, lame_duck) in (1..700_u64, 0..20_u64),
        drain in option::of(0..300_u64),
        time in option::of(0..700_u64),
    ) {
        let program = Program {
            grace_period: secs(grace),
            lame_duck: secs(lame_duck),
            drain_timeout: drain.map(secs),
            handlers: Some(vec![teardown("close", 0, 2)]),
            ..Program::default()
        };
        let default = Granted::by_platform(platform).unwrap();
        let granted = time.map_or(default.clone(), |time| default.clone().time(secs(time)));
        let Some(finding) = about_time(&program, &granted) else { return Ok(()) };
        let after = |before: &str| finding.advice.split_once(before).map(|(_, rest)| rest.split(',').next().unwrap_or_default());
        let raised = after("write `").map(|setting| {
            let digits: String = setting.chars().filter(char::is_ascii_digit).collect();
            default.time(secs(digits.parse().unwrap()))
        });
        let lowered = after("lower the program's grace period to ").map(|lowered| {
            Program { grace_period: duration::parse(lowered).unwrap(), ..program.clone() }
        });
        let says_what_to_do = ["shorten ", "grant at least "].iter().any(|start| finding.advice.starts_with(start));
        prop_assert!(lowered.is_some() || raised.is_some() || says_what_to_do, "{}", finding);
        let needs_both = finding.advice.contains("the most that");
        for (program, granted) in match (&lowered, &raised) {
            (Some(lowered), Some(raised)) if needs_both => vec![(lowered, raised)],
            (_, Some(_)) if needs_both => vec![],
            (lowered, raised) => {
                let lowered = lowered.iter().map(|lowered| (lowered, &granted));
                lowered.chain(raised.iter().map(|raised| (&program, raised))).collect()
            }
        } {
            prop_assert_eq!(about_time(program, granted), None, "{}", finding);
        }
    }
}
