//! The files of `examples/deploy`.

use std::fs;
use std::path::{Path, PathBuf};

/// A change: this text, which is there once, becomes that one.
pub(crate) type Change = (&'static str, &'static str);

/// Where they are.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy")
}

/// The deployment, with these changes.
pub(crate) fn deployment(changes: &[Change]) -> String {
    let shipped = fs::read_to_string(folder().join("deployment.yaml")).expect("the file that is shipped");
    changes.iter().fold(shipped, |text, (from, to)| {
        assert_eq!(text.matches(from).count(), 1, "{from:?} is not there once");
        text.replace(from, to)
    })
}

/// A preStop in place of the lame duck, and so much less for the program.
pub(crate) const PRE_STOP: &[Change] = &[(
    IMAGE,
    r#"          lifecycle: { preStop: { sleep: { seconds: 5 } } }
          env:
            - { name: GRACEFUL_LAME_DUCK, value: 0s }
            - { name: GRACEFUL_GRACE_PERIOD, value: 24s }
          image: registry.example.com/api:1.0.0
"#,
)];

/// Neither of both.
pub(crate) const NEITHER: &[Change] = &[(
    IMAGE,
    r#"          env: [{ name: GRACEFUL_LAME_DUCK, value: 0s }]
          image: registry.example.com/api:1.0.0
"#,
)];

/// Granted less than preStop and the program's grace period.
pub(crate) const TOO_LITTLE: &[Change] = &[
    ("terminationGracePeriodSeconds: 30", "terminationGracePeriodSeconds: 5"),
    (
        IMAGE,
        r#"          lifecycle: { preStop: { sleep: { seconds: 3 } } }
          image: registry.example.com/api:1.0.0
"#,
    ),
];

/// Liveness is asked often, from when the program has started, and grants it little time.
pub(crate) const OFTEN: &[Change] = &[(
    "          livenessProbe:
            httpGet:
              path: /livez
              port: http
            periodSeconds: 10
",
    "          startupProbe:
            httpGet:
              path: /ready
              port: http
            periodSeconds: 1
            failureThreshold: 60
          livenessProbe:
            httpGet:
              path: /livez
              port: http
            periodSeconds: 1
            failureThreshold: 2
            terminationGracePeriodSeconds: 2
",
)];

const IMAGE: &str = "          image: registry.example.com/api:1.0.0\n";
