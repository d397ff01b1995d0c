//! The findings of each rule, and the nearest manifests without them.

use graceful_manifest::{Check, Program, Rule, Severity, Source};

use crate::cases::{CASES, GOOD, KINDS, MADE, NOT_BY_IT, changed, check, program, rules};

#[test]
fn nothing_is_found_in_what_fits() {
    assert_eq!(check(&program(), GOOD), []);
}

#[test]
fn each_finding_is_shown_and_not_by_its_nearest_neighbour() {
    let mut wrong = Vec::new();
    for case in CASES {
        let mut program = program();
        (case.program)(&mut program);
        let lines = |changes| -> Vec<String> {
            let text = changed(changes);
            let check = Check::new(&program).container("api");
            let findings = check.run(&[Source { name: "api.yaml", text: &text }]).unwrap().findings;
            findings.iter().filter(|finding| finding.rule == case.rule).map(ToString::to_string).collect()
        };
        let shown = lines(case.shows);
        if shown.first().map(|line| &**line) != Some(case.message) {
            wrong.push(format!("{:?} is shown as {shown:#?}, not as {:?}", case.rule, case.message));
        }
        let not_shown = lines(case.does_not);
        if !not_shown.is_empty() {
            wrong.push(format!("{:?} is shown by the neighbour: {not_shown:#?}", case.rule));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_a_case() {
    // That of a binary is not of a manifest.
    for rule in Rule::ALL.iter().filter(|rule| **rule != Rule::HandlersWithoutMain) {
        let is_of_a_platform = crate::compose::has_a_case(*rule) || crate::files::has_a_case(*rule);
        assert!(CASES.iter().any(|case| case.rule == *rule) || is_of_a_platform, "{rule}");
    }
}

#[test]
fn every_kind_is_looked_at() {
    let program = Program { handlers: None, ..program() };
    let findings = check(&program, KINDS);
    let short = findings.iter().filter(|finding| finding.rule == Rule::GracePeriodTooShort);
    // 30 s are just enough without a preStop.
    assert_eq!(short.count(), 0);

    let longer = Program { grace_period: std::time::Duration::from_secs(30), ..program };
    let findings = check(&longer, KINDS);
    let short = findings.iter().filter(|finding| finding.rule == Rule::GracePeriodTooShort);
    let workloads: Vec<_> = short.map(|finding| (&*finding.workload, finding.line)).collect();
    let expected = [
        ("StatefulSet/a", 8),
        ("DaemonSet/b", 15),
        ("ReplicaSet/c", 22),
        ("Pod/d-", 27),
        ("Job/e", 33),
        ("CronJob/f", 42),
        ("Deployment/g", 53),
    ];
    assert_eq!(workloads, expected);
}

/// Argo's Rollout has a pod template, and so has many a custom resource.
#[test]
fn every_object_with_a_pod_template_is_looked_at() {
    let (deployment, _) = GOOD.split_once("---").unwrap();
    let short = deployment.replace("Seconds: 34", "Seconds: 33");
    let findings = |version: &str, kind: &str, text: &str| -> Vec<(Rule, String)> {
        let head = format!("apiVersion: {version}\nkind: {kind}\n");
        let other = text.replacen("apiVersion: apps/v1\nkind: Deployment\n", &head, 1);
        let findings = check(&program(), &format!("{GOOD}---\n{other}"));
        findings.into_iter().map(|finding| (finding.rule, finding.workload)).collect()
    };
    for (version, kind) in [
        ("apps/v1", "Deployment"),
        ("argoproj.io/v1alpha1", "Rollout"),
        ("example.com/v1", "Deployment"),
        ("v1", "DeploymentConfig"),
        ("v1", "Other"),
    ] {
        assert_eq!(
            findings(version, kind, &short),
            [(Rule::ForcedExitTooLate, format!("{kind}/api"))],
            "{version} {kind}"
        );
    }
    // It has no containers, so its template is something else.
    assert_eq!(findings("example.com/v1", "Other", &short.replace("containers:", "steps:")), []);
}

#[test]
fn a_budget_may_be_in_another_file_and_an_autoscaler_counts() {
    let (deployment, budget) = GOOD.split_once("---\napiVersion: policy/v1").unwrap();
    let budget = format!("apiVersion: policy/v1{budget}");
    let autoscaler = "\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: api, namespace: shop }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: api }
  minReplicas: 2
  maxReplicas: 10
";
    let program = program();
    let source = |name, text| Source { name, text };
    let run = |sources: &[Source<'_>]| -> Vec<(Rule, String)> {
        let findings = Check::new(&program).run(sources).unwrap().findings;
        findings.into_iter().map(|finding| (finding.rule, finding.source)).collect()
    };
    let sources =
        [source("budget.yaml", &budget), source("deployment.yaml", deployment), source("autoscaler.yaml", autoscaler)];
    assert_eq!(run(&sources[..2]), []);
    assert_eq!(run(&sources[1..2]), [(Rule::NoPodDisruptionBudget, "deployment.yaml".to_owned())]);
    assert_eq!(run(&sources), [(Rule::PodDisruptionBudgetBlocks, "budget.yaml".to_owned())]);
    let quoted = autoscaler.replace("minReplicas: 2", "minReplicas: \"2\"");
    let sources = [sources[0], sources[1], source("autoscaler.yaml", &quoted)];
    assert_eq!(run(&sources), [(Rule::InvalidValue, "autoscaler.yaml".to_owned())]);
}

#[test]
fn two_budgets_for_one_pod_block_each_other() {
    let (_, budget) = GOOD.split_once("---\napiVersion: policy/v1").unwrap();
    let (budget, _) = budget.split_once("---").unwrap();
    let text = format!("{GOOD}---\napiVersion: policy/v1{budget}");
    assert_eq!(rules(&check(&program(), &text)), [Rule::PodDisruptionBudgetBlocks]);
}

/// `kubectl get deployment,replicaset -o yaml`: a mistake is reported once, at the object where it can be mended.
#[test]
fn what_another_object_has_made_is_its_copy() {
    let short = |text: &str| -> Vec<String> {
        let program = Program { handlers: None, ..program() };
        let findings = check(&program, &text.replace("Seconds: 34", "Seconds: 28"));
        let short = findings.into_iter().filter(|finding| finding.rule == Rule::GracePeriodTooShort);
        short.map(|finding| finding.workload).collect()
    };
    assert_eq!(short(&changed(&[MADE])), ["Deployment/api"]);
    // These have no creator in the files.
    assert_eq!(short(&changed(&[MADE, NOT_BY_IT])), ["Deployment/api", "ReplicaSet/api-5d9"]);
    assert_eq!(short(&changed(&[MADE, (", controller: true", "")])), ["Deployment/api", "ReplicaSet/api-5d9"]);
    assert_eq!(short(MADE.1), ["ReplicaSet/api-5d9"]);
}

/// `kubectl get pods -o yaml`: the pods of one owner have the same mistakes.
#[test]
fn live_pods_are_grouped_by_owner() {
    let pod = |name: &str, owner: &str, granted: u32| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\n  ownerReferences: [{{ apiVersion: apps/v1, kind: \
             ReplicaSet, name: {owner}, controller: true }}]\nspec: {{ terminationGracePeriodSeconds: {granted}, containers: \
             [{{ name: web }}] }}\n"
        )
    };
    // One of the pods is different, and one is the only one of its owner.
    let text = pod("a-1", "a", 10) + &pod("a-2", "a", 10) + &pod("a-3", "a", 9) + &pod("b-1", "b", 10);
    let program = program();
    let outcome = Check::new(&program).run(&[Source { name: "pods.yaml", text: &text }]).unwrap();
    let found: Vec<_> =
        outcome.findings.iter().map(|finding| (&*finding.workload, finding.line, finding.rule)).collect();
    let rule = Rule::GracePeriodTooShort;
    assert_eq!(found, [("ReplicaSet/a (3 pods)", 7, rule), ("ReplicaSet/a (3 pods)", 21, rule), ("Pod/b-1", 28, rule)]);
    let checked: Vec<_> = outcome.checked.iter().map(|checked| &*checked.object).collect();
    assert_eq!(checked, ["ReplicaSet/a (3 pods)", "Pod/b-1"]);
    let of_owner = Check::new(&program).workload("ReplicaSet/a");
    assert_eq!(of_owner.run(&[Source { name: "pods.yaml", text: &text }]).unwrap().findings.len(), 2);
}

#[test]
fn what_is_no_number_is_not_called_too_short() {
    for change in [
        ("Seconds: 34", "Seconds: soon"),
        ("replicas: 3", "replicas: \"1\""),
        ("minAvailable: 2", "minAvailable: 3\n  maxUnavailable: 0"),
    ] {
        assert_eq!(rules(&check(&program(), &changed(&[change]))), [Rule::InvalidValue], "{change:?}");
    }
}

#[test]
fn severities_are_those_of_the_rules() {
    assert_eq!(Rule::GracePeriodTooShort.severity(), Severity::Error);
    assert_eq!(Rule::ForcedExitTooLate.severity(), Severity::Warning);
    assert_eq!(Rule::ExecSleep.severity(), Severity::Warning);
}
