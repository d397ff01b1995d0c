//! Findings that a file or the caller allows, and the declared time of preStop.

use graceful_manifest::{Check, Outcome, Rule, Source};

use crate::cases::{self, Change, GOOD, changed, program};

const SHORT: Change = ("terminationGracePeriodSeconds: 34", "terminationGracePeriodSeconds: 33");

/// The object's own metadata, and the one of its pods.
const OBJECT: &str = "  name: api\n  namespace: shop\nspec:\n  replicas";

fn run(text: &str, allow: &[Rule]) -> Outcome {
    let program = program();
    Check::new(&program).allow(allow).run(&[Source { name: "api.yaml", text }]).unwrap()
}

fn rules(outcome: &Outcome) -> Vec<Rule> {
    cases::rules(&outcome.findings)
}

fn allowed(outcome: &Outcome) -> Vec<(Rule, Option<&str>)> {
    outcome.allowed.iter().map(|allowed| (allowed.finding.rule, allowed.reason.as_deref())).collect()
}

#[test]
fn a_comment_allows_in_its_document() {
    let comment = (SHORT.0, "terminationGracePeriodSeconds: 33 # graceful: allow forced-exit-too-late: it is: tested");
    let outcome = run(&changed(&[comment]), &[]);
    assert_eq!(rules(&outcome), []);
    assert_eq!(allowed(&outcome), [(Rule::ForcedExitTooLate, Some("it is: tested"))]);
    // At the beginning of the file, which is above the first document.
    let first = format!("# graceful: allow forced-exit-too-late: tested\n---\n{}", changed(&[SHORT]));
    assert_eq!(rules(&run(&first, &[])), []);
    let last = format!("{}---\n# graceful: allow forced-exit-too-late: tested\n", changed(&[SHORT]));
    assert_eq!(rules(&run(&last, &[])), [Rule::ForcedExitTooLate, Rule::UnusedAllow]);
}

#[test]
fn an_annotation_allows_at_its_object() {
    for annotations in [
        "annotations: { graceful/allow: \"forced-exit-too-late: tested\" }",
        "annotations:\n    graceful/allow: |\n      forced-exit-too-late: tested\n",
    ] {
        let annotated = format!("  {annotations}\n{OBJECT}");
        let text = changed(&[SHORT]);
        assert_eq!(text.matches(OBJECT).count(), 1);
        let outcome = run(&text.replace(OBJECT, &annotated), &[]);
        assert_eq!(rules(&outcome), []);
        assert_eq!(allowed(&outcome), [(Rule::ForcedExitTooLate, Some("tested"))]);
    }
    // Of the pods.
    let labels = "    metadata:\n      labels:";
    let text = changed(&[SHORT, (labels, labels)]).replace(
        labels,
        "    metadata:\n      annotations: { graceful/allow: 'forced-exit-too-late: tested' }\n      labels:",
    );
    assert_eq!(rules(&run(&text, &[])), []);
    // Of the budget.
    let budget = (
        "kind: PodDisruptionBudget\nmetadata:\n",
        "kind: PodDisruptionBudget\nmetadata:\n  annotations: { graceful/allow: 'pod-disruption-budget-blocks: small' }\n",
    );
    let blocks = ("minAvailable: 2", "minAvailable: 3");
    assert_eq!(rules(&run(&changed(&[blocks]), &[])), [Rule::PodDisruptionBudgetBlocks]);
    assert_eq!(rules(&run(&changed(&[blocks, budget]), &[])), []);
    // One object does not allow for another.
    assert_eq!(
        rules(&run(
            &changed(&[
                SHORT,
                (budget.0, &*budget.1.replace("pod-disruption-budget-blocks", "forced-exit-too-late").leak())
            ]),
            &[]
        )),
        [Rule::ForcedExitTooLate, Rule::UnusedAllow]
    );
}

#[test]
fn the_caller_allows_everywhere() {
    let text = changed(&[SHORT]);
    let outcome = run(&text, &[Rule::ForcedExitTooLate]);
    assert_eq!(rules(&outcome), []);
    assert_eq!(allowed(&outcome), [(Rule::ForcedExitTooLate, None)]);
    let unused = run(GOOD, &[Rule::ForcedExitTooLate]);
    assert_eq!(
        unused.findings[0].to_string(),
        "note: graceful/allow: `forced-exit-too-late` is allowed and finds nothing; remove it [unused-allow]"
    );
}

#[test]
fn a_declaration_about_another_program_is_not_judged() {
    let other = "---\napiVersion: v1\nkind: Pod\nmetadata: { name: b, annotations: { graceful/allow: 'x: y' } }\nspec:\n  \
                 containers: [{ name: b, image: b }] # graceful: allow sidecar: never\n";
    let text = format!("{GOOD}{other}");
    let program = program();
    let source = [Source { name: "api.yaml", text: &text }];
    assert_eq!(rules(&Check::new(&program).container("api").run(&source).unwrap()), []);
    let of_other = Check::new(&program).container("b").run(&source).unwrap();
    let judged = [Rule::BadDeclaration, Rule::UnusedAllow];
    assert_eq!(rules(&of_other).into_iter().filter(|rule| judged.contains(rule)).collect::<Vec<_>>(), judged);
}

#[test]
fn a_declared_time_of_pre_stop_is_part_of_the_sum() {
    let unknown = (
        "            preStop:\n              sleep:\n                seconds: 5\n",
        "            preStop: { httpGet: { path: /leave, port: 80 } }\n",
    );
    let granted = |seconds: &str| (SHORT.0, format!("terminationGracePeriodSeconds: {seconds}"));
    for (seconds, rule) in [("44", None), ("43", Some(Rule::ForcedExitTooLate))] {
        let text = changed(&[unknown]).replace(SHORT.0, &granted(seconds).1);
        assert_eq!(rules(&run(&text, &[]))[..], [Rule::PreStopUnknown]);
        let expected: Vec<_> = rule.into_iter().collect();
        let annotated = text.replace(OBJECT, &format!("  annotations: {{ graceful/pre-stop: 15s }}\n{OBJECT}"));
        assert_eq!(rules(&run(&annotated, &[])), expected);
        let commented = text.replace("preStop: {", "# graceful: pre-stop 15s\n            preStop: {");
        assert_eq!(rules(&run(&commented, &[])), expected);
    }
    let text = changed(&[unknown]).replace(OBJECT, &format!("  annotations: {{ graceful/pre-stop: 15 }}\n{OBJECT}"));
    let outcome = run(&text, &[]);
    assert_eq!(rules(&outcome), [Rule::BadDeclaration, Rule::PreStopUnknown]);
    assert_eq!(
        outcome.findings[0].to_string(),
        "api.yaml:5:18: warning: graceful/allow: the longest time of preStop is `15`: it lacks a unit; write a duration \
         such as `20s` [bad-declaration]"
    );
}

#[test]
fn a_finding_has_the_length_of_its_word() {
    let finding = &cases::check(&program(), &changed(&[SHORT]))[0];
    assert_eq!((finding.column, finding.length), (7, "terminationGracePeriodSeconds".len()));
}

#[test]
fn a_comment_allows_in_the_file_of_every_platform() {
    for (name, text, rule) in [
        (
            "compose.yaml",
            "services:\n  api:\n    image: api\n    # graceful: allow grace-period-too-short: tested\n    stop_grace_period: 5s\n",
            Rule::GracePeriodTooShort,
        ),
        (
            "Dockerfile",
            "FROM scratch\n# graceful: allow stop-signal-not-handled: tested\nSTOPSIGNAL SIGQUIT\nENTRYPOINT [\"/api\"]\n",
            Rule::StopSignalNotHandled,
        ),
        (
            "api.service",
            "[Service]\n# graceful: allow grace-period-too-short: tested\nExecStart=/api\nTimeoutStopSec=5\n",
            Rule::GracePeriodTooShort,
        ),
        (
            "fly.toml",
            "app = \"api\"\nkill_timeout = 5 # graceful: allow grace-period-too-short: tested\n",
            Rule::GracePeriodTooShort,
        ),
        (
            "api.nomad.hcl",
            "job \"api\" {\n  group \"api\" {\n    task \"api\" {\n      driver = \"exec\"\n      config {\n        command = \"/api\"\n      \
             }\n      # graceful: allow grace-period-too-short: tested\n      kill_timeout = \"5s\"\n    }\n  }\n}\n",
            Rule::GracePeriodTooShort,
        ),
    ] {
        let program = program();
        let outcome = Check::new(&program).run(&[Source { name, text }]).unwrap();
        assert!(allowed(&outcome).contains(&(rule, Some("tested"))), "{name}: {outcome:#?}");
        assert!(!rules(&outcome).contains(&rule), "{name}: {outcome:#?}");
        let refused = text.replace(": tested", "");
        let outcome = Check::new(&program).run(&[Source { name, text: &refused }]).unwrap();
        assert!(rules(&outcome).contains(&rule) && rules(&outcome).contains(&Rule::BadDeclaration), "{name}");
    }
}
