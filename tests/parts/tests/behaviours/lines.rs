//! No program is longer than the example that it corresponds to.

use std::fs;
use std::path::Path;

/// The programs, and the lines of code of the examples of tokio-graceful-shutdown 0.20.0: in the format of this repository, and
/// without the lines that set up the log, which the programs do not have.
const EXAMPLES: [(&str, &str, usize); 23] = [
    ("normal", "01_normal_shutdown", 30),
    ("structs", "02_structs", 42),
    ("timeout", "03_shutdown_timeout", 21),
    ("finished", "04_subsystem_finished", 24),
    ("failed", "05_subsystem_finished_with_error", 24),
    ("nested", "06_nested_subsystems", 30),
    ("nested_error", "07_nested_error", 27),
    ("panics", "08_panic_handling", 27),
    ("cancellation", "09_task_cancellation", 39),
    ("request", "10_request_shutdown", 34),
    ("double_panic", "11_double_panic", 35),
    ("restart", "12_subsystem_auto_restart", 43),
    ("partial", "13_partial_shutdown", 46),
    ("partial_error", "14_partial_shutdown_error", 47),
    ("own_error", "15_without_miette", 28),
    ("with_anyhow", "16_with_anyhow", 19),
    ("with_eyre", "17_with_eyre", 19),
    ("typed_errors", "18_error_type_passthrough", 94),
    ("sequential", "19_sequential_shutdown", 89),
    ("orchestrated", "20_orchestrated_shutdown_order", 58),
    ("echo", "21_tcp_echo_server", 86),
    ("abort", "22_subsystem_abort", 38),
    ("own_thread", "23_shutdown_from_external", 47),
];

fn is_code(line: &&str) -> bool {
    let line = line.trim_start();
    !line.is_empty() && !line.starts_with("//")
}

#[test]
fn no_program_is_longer_than_its_example() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (program, example, limit) in EXAMPLES {
        let source = fs::read_to_string(src.join(program).with_extension("rs")).expect("a module");
        let lines = source.lines().filter(is_code).count();
        println!("{program}: {lines}, {example}: {limit}");
        assert!(lines <= limit, "{program} has {lines} lines of code, and {example} {limit}");
    }
    // And main.
    assert_eq!(fs::read_dir(src).expect("a folder").count(), EXAMPLES.len() + 1);
}
