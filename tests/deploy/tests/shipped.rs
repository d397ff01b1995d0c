//! The files of `examples/deploy`, in a program with the keys of `examples/06_axum`.

use std::fs;
use std::path::Path;

use graceful_deploy_tests::Package;

const KEYS: &str = r#"grace_period = "28s", lame_duck = "5s", drain_timeout = "12s""#;

/// A file, a text in it that fits the program, one that does not, and what the compiler says of that.
const FILES: [[&str; 4]; 5] = [
    ["compose.yaml", "stop_grace_period: 30s", "stop_grace_period: 20s", "the service is granted 20 s but needs 29 s"],
    ["ecs-task.json", "\"stopTimeout\": 30", "\"stopTimeout\": 20", "the container is granted 20 s but needs 29 s"],
    ["api.service", "TimeoutStopSec=30", "TimeoutStopSec=20", "the unit is granted 20 s but needs 29 s"],
    ["fly.toml", "kill_timeout = 30", "kill_timeout = 20", "the machine is granted 20 s but needs 29 s"],
    ["Dockerfile", "EXPOSE 8080", "STOPSIGNAL SIGQUIT", "Docker stops the container with `SIGQUIT`"],
];

#[test]
fn each_file_fits_the_program_and_is_compared_with_it() {
    let package = Package::new(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("shipped"));
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let program = fs::read_to_string(repository.join("examples/06_axum/src/main.rs")).expect("the example");
    assert!(KEYS.split(", ").all(|key| program.contains(key)), "the keys of the example have changed");

    for [file, fits, does_not, says] in FILES {
        let text = fs::read_to_string(repository.join("examples/deploy").join(file)).expect("the file that is shipped");
        assert_eq!(text.matches(fits).count(), 1, "{file}");
        package.main(&format!("{KEYS}, manifest = \"deploy/{file}\""));
        package.write(&format!("deploy/{file}"), &text);
        assert_eq!(package.check(), Ok(()), "{file}");
        package.write(&format!("deploy/{file}"), &text.replace(fits, does_not));
        let said = package.check().expect_err(file);
        assert!(said.contains(says), "{said}");
    }
}
