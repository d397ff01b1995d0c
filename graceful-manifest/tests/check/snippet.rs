//! The snippet of a program passes the check.

use std::net::SocketAddr;

use graceful_manifest::{Program, snippet};
use proptest::prelude::*;

use crate::cases::{check, program, secs};
use crate::kubelet::any_program;
use crate::kubernetes::agree;

/// A pod with the snippet, and with everything that the snippet leaves out.
fn pod(snippet: &str) -> String {
    let spec = snippet.replace("\n    - name: ", "\n    - image: app\n      name: ");
    format!("apiVersion: v1\nkind: Pod\nmetadata:\n  name: app\n{spec}")
}

#[test]
fn of_a_program_without_a_lame_duck() {
    assert_eq!(
        snippet(&program(), "api"),
        "\
spec:
  # preStop 5 s + grace period 28 s + 1 s to spare
  terminationGracePeriodSeconds: 34
  containers:
    - name: api
      ports:
        - name: probes
          containerPort: 8081
      readinessProbe:
        httpGet:
          path: /ready
          port: probes
        periodSeconds: 5
        failureThreshold: 2
      livenessProbe:
        httpGet:
          path: /livez
          port: probes
      lifecycle:
        # the kubelet waits while traffic moves away: the image needs no `sleep`
        preStop:
          sleep:
            seconds: 5
"
    );
}

#[test]
fn of_one_with_a_lame_duck_and_a_signal_of_its_own() {
    let program = Program { lame_duck: secs(5), signals: vec!["SIGUSR1".to_owned()], probes: None, ..program() };
    assert_eq!(
        snippet(&program, "yes \"ü\"\n"),
        "\
spec:
  # grace period 28 s + 1 s to spare
  terminationGracePeriodSeconds: 29
  os:
    name: linux
  containers:
    - name: \"yes \\\"\\U000000fc\\\"\\U0000000a\"
      lifecycle:
        stopSignal: SIGUSR1
"
    );
}

/// SIGTERM does not stop it, and the kubelet cannot reach the probes.
#[test]
fn of_one_for_a_terminal() {
    let signals = vec!["SIGINT".to_owned()];
    let probes = Some(SocketAddr::from(([127, 0, 0, 1], 8081)));
    let program = Program { lame_duck: secs(5), signals, probes, ..program() };
    assert_eq!(
        snippet(&program, "api"),
        "\
spec:
  # grace period 28 s + 1 s to spare
  terminationGracePeriodSeconds: 29
  os:
    name: linux
  containers:
    - name: api
      ports:
        - name: probes
          containerPort: 8081
      env:
        # the kubelet cannot reach 127.0.0.1
        - name: GRACEFUL_PROBES
          value: \"0.0.0.0:8081\"
      readinessProbe:
        httpGet:
          path: /ready
          port: probes
        periodSeconds: 5
        failureThreshold: 2
      livenessProbe:
        httpGet:
          path: /livez
          port: probes
      lifecycle:
        stopSignal: SIGINT
"
    );
}

fn starts(program: &Program) -> bool {
    program.lame_duck < program.grace_period && program.grace_period < secs(1_000_000) && !program.signals.is_empty()
}

proptest! {
    #[test]
    fn fits(program in any_program().prop_filter("it does not start", starts), name in any::<String>()) {
        // A plan that fits.
        let drain_timeout = Some(std::time::Duration::ZERO);
        let program = Program { handlers: None, drain_timeout, ..program };
        // These are of a template.
        let name = if name.is_empty() { "api".to_owned() } else { name.replace(['{', '$', '@'], "(") };
        let pod = pod(&snippet(&program, &name));
        prop_assert_eq!(check(&program, &pod), vec![], "{}", pod);
        agree(&pod);
    }
}
