//! Any texts as files of any format, which the library reads together.
//!
//! A form feed ends a file. The first byte of each chooses its name, which helps to recognise the format.

#![no_main]

use std::net::SocketAddr;
use std::time::Duration;

use graceful_manifest::{Check, Handler, HandlerPhase, Program, Socket, SocketKind, Source};
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 11] = [
    "compose.yaml",
    "common/base.yaml",
    "task.json",
    ".env",
    "deployment.yaml",
    "Dockerfile",
    "api.service",
    "api.service.d/override.conf",
    "fly.toml",
    "api.nomad.hcl",
    "api.socket",
];

fuzz_target!(|text: &str| {
    let handler = Handler {
        name: "close".to_owned(),
        priority: 0,
        timeout: Some(Duration::from_secs(5)),
        phase: HandlerPhase::Teardown,
        after: Vec::new(),
    };
    let program = Program {
        probes: Some(SocketAddr::from(([0, 0, 0, 0], 8081))),
        handlers: Some(vec![handler]),
        sockets: vec![Socket { name: "http".to_owned(), kind: SocketKind::Tcp }],
        ..Program::default()
    };
    let sources: Vec<_> = text
        .split('\u{c}')
        .filter_map(|file| {
            let first = file.chars().next()?;
            let name = NAMES[first as usize % NAMES.len()];
            Some(Source { name, text: &file[first.len_utf8()..] })
        })
        .collect();
    for check in [Check::new(&program), Check::new(&program).container("api")] {
        match check.run(&sources) {
            Ok(outcome) => {
                for finding in &outcome.findings {
                    assert!(!finding.to_string().contains(char::is_control), "{finding:?}");
                }
                assert!(!outcome.checked.is_empty());
            }
            Err(error) => assert!(!error.to_string().contains(char::is_control), "{error:?}"),
        }
    }
});
