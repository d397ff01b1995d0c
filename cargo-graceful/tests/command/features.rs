//! What a record says of the features that the program was built with.

use std::io::Cursor;

use cargo_graceful::Program;

use crate::sample::{MAIN, elf};

#[test]
fn whether_it_notifies_systemd() {
    let built_with_it = MAIN.replace(r#""file""#, r#""systemd":true,"file""#);
    for (record, systemd) in [(MAIN, false), (&built_with_it, true)] {
        let program = Program::read(Cursor::new(elf(record))).unwrap();
        assert_eq!(program.main.unwrap().systemd, systemd);
    }
}
