//! Any bytes as a binary.

#![no_main]

use std::io::Cursor;

use cargo_graceful::Program;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    if let Ok(program) = Program::read(Cursor::new(file)) {
        assert!(program.warnings.iter().all(|warning| !warning.contains(char::is_control)));
        assert!(!program.plan.to_string().is_empty());
    }
});
