//! What is shipped beside the manifests: the unit for systemd, and the Dockerfile.

use std::fs;
use std::path::Path;
use std::time::Duration;

use cargo_graceful::Program;

use crate::PROGRAM;
use crate::manifests::{deployment, folder};
use crate::pod::Pod;

fn read(name: &str) -> String {
    fs::read_to_string(folder().join(name)).expect("the file that is shipped")
}

/// The rest of the only line that begins like this.
#[track_caller]
fn only<'t>(text: &'t str, begin: &str) -> &'t str {
    let mut lines = text.lines().filter_map(|line| line.strip_prefix(begin));
    let (Some(line), None) = (lines.next(), lines.next()) else { panic!("{begin:?} is not there once") };
    line
}

/// What stands in a list of words, as in JSON.
fn words(list: &str) -> Vec<String> {
    serde_yaml_ng::from_str(list).unwrap_or_else(|error| panic!("{list} is no list: {error}"))
}

#[test]
fn the_unit_grants_what_the_program_takes() {
    let program = Program::open(Path::new(PROGRAM)).expect("the program as cargo has built it");
    let unit = read("api.service");
    let granted = only(&unit, "TimeoutStopSec=").parse().map(Duration::from_secs).expect("seconds");
    // A second to spare, as in the manifest.
    assert!(granted > program.plan.grace_period() + Duration::from_secs(1), "{granted:?}");
    assert!(program.signals.iter().any(|signal| signal == only(&unit, "KillSignal=")), "{:?}", program.signals);
    // It is built without the feature `systemd`, and would never say that it is ready.
    assert!(!unit.contains("Type=notify"));
}

#[test]
fn process_1_of_the_image_is_the_program() {
    let image = read("Dockerfile");
    let (from, to) = only(&image, "COPY --from=build ").split_once(' ').expect("from where, and where to");
    assert_eq!(Path::new(from).file_name(), Path::new(PROGRAM).file_name());
    // Lists: there is no shell before the program, and none in the image.
    assert_eq!(words(only(&image, "ENTRYPOINT ")), [to]);
    let arguments = words(only(&image, "CMD "));
    assert_eq!(arguments, Pod::of(&deployment(&[])).arguments());
    assert!(arguments[0].ends_with(&format!(":{}", only(&image, "EXPOSE "))), "{arguments:?}");
}
