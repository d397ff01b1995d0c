//! Any bytes as the section with the records.

#![no_main]

use std::io::Cursor;

use cargo_graceful::Program;
use libfuzzer_sys::fuzz_target;
use object::write::Object;
use object::{Architecture, BinaryFormat, Endianness, SectionKind};

fuzz_target!(|section: &[u8]| {
    let mut object = Object::new(BinaryFormat::Elf, Architecture::X86_64, Endianness::Little);
    let id = object.add_section(Vec::new(), b"graceful_meta".to_vec(), SectionKind::Data);
    object.append_section_data(id, section, 1);
    let file = object.write().expect("an object with one section");
    match Program::read(Cursor::new(file)) {
        Ok(program) => {
            assert!(program.warnings.iter().all(|warning| !warning.contains(char::is_control)));
            let picture = program.plan.to_string();
            assert!(picture.lines().all(|line| !line.contains(char::is_control) && line.chars().count() <= 80));
        }
        Err(error) => assert!(error.to_string().contains("functions under `#[graceful::main]`"), "{error}"),
    }
});
