//! `cargo graceful check`, on the program as cargo has built it.

use std::ffi::OsString;

use crate::PROGRAM;
use crate::manifests::{Change, NEITHER, OFTEN, PRE_STOP, TOO_LITTLE, deployment, folder};

/// Exit code and output.
fn check(manifests: &[OsString], mut stdin: &[u8]) -> (u8, String) {
    let arguments = ["check", PROGRAM, "--deny", "warnings"].map(OsString::from);
    let files = manifests.iter().flat_map(|file| ["-f".into(), file.clone()]);
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let ending = cargo_graceful::run(arguments.into_iter().chain(files), &mut stdin, &mut stdout, &mut stderr);
    assert_eq!(String::from_utf8(stderr).expect("text"), "");
    (ending.exit_code(), String::from_utf8(stdout).expect("text"))
}

/// The folder's other files, and the deployment with these changes.
fn check_changed(changes: &[Change]) -> (u8, String) {
    let others = ["service.yaml", "pod-disruption-budget.yaml"].map(|name| folder().join(name).into_os_string());
    check(&[&others[..], &["-".into()]].concat(), deployment(changes).as_bytes())
}

#[test]
fn nothing_is_found_in_what_is_shipped() {
    for (code, output) in [check(&[folder().into()], b""), check_changed(&[]), check_changed(PRE_STOP)] {
        assert_eq!(code, 0, "{output}");
        assert!(output.contains("checked ") && output.ends_with("\nno errors, no warnings\n"), "{output}");
    }
}

#[test]
fn each_number_counts() {
    let (code, output) = check_changed(&[("terminationGracePeriodSeconds: 30", "terminationGracePeriodSeconds: 28")]);
    assert_eq!(code, 1);
    assert!(output.contains("which is enough for the plan, but the forced exit needs 29 s"), "{output}");
    assert!(output.ends_with("\nno errors, 1 warning\n"), "{output}");
    // Granted just enough.
    let enough = check_changed(&[("terminationGracePeriodSeconds: 30", "terminationGracePeriodSeconds: 29")]);
    assert_eq!(enough.0, 0, "{}", enough.1);

    let (code, output) = check_changed(&[("replicas: 3", "replicas: 2")]);
    assert_eq!(code, 1);
    assert!(output.contains("[pod-disruption-budget-blocks]"), "{output}");
    assert!(output.ends_with("\nno errors, 1 warning\n"), "{output}");
}

/// The same of which the simulated kubelet shows what becomes of it.
#[test]
fn what_goes_wrong_is_found() {
    for (changes, rule) in [
        (NEITHER, "[no-pre-stop-or-lame-duck]"),
        (TOO_LITTLE, "[grace-period-too-short]"),
        (OFTEN, "[probe-grace-period-too-short]"),
    ] {
        let (code, output) = check_changed(changes);
        assert_eq!(code, 1);
        assert!(output.contains(rule), "{output}");
    }
}
