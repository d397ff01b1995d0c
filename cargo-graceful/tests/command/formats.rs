//! Each format of a binary, and files that have none.

use std::io::Cursor;
use std::time::Duration;

use cargo_graceful::Program;
use object::{Architecture, BinaryFormat, Endianness};

use crate::sample::{CHECK, HANDLER, MAIN, elf, macho, object, object_with, pe, records, universal, universal_64};

fn read(file: Vec<u8>) -> Result<Program, String> {
    Program::read(Cursor::new(file)).map_err(|error| error.to_string())
}

fn check(what: &str, file: Vec<u8>) {
    let program = read(file).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(program.warnings, [""; 0], "{what}");
    let main = program.main.unwrap();
    assert_eq!((&*main.krate, &*main.location), ("app", "src/main.rs:9"), "{what}");
    assert_eq!(main.probes, Some("0.0.0.0:8081".parse().unwrap()), "{what}");
    assert_eq!(program.signals, ["SIGTERM", "SIGINT"], "{what}");
    assert_eq!(program.plan.worst_case(), Duration::from_secs(4 + 8 + 3), "{what}");
    let [handler] = program.plan.handlers() else { panic!("{what}: {}", program.plan) };
    assert_eq!((handler.name(), handler.location()), ("db::close", "src/db.rs:3"), "{what}");
    let [check] = &program.health_checks[..] else { panic!("{what}") };
    assert_eq!((&*check.name, check.timeout), ("database", Duration::from_secs(5)), "{what}");
}

#[test]
fn every_format() {
    use Architecture::{Aarch64, Arm, I386, PowerPc, S390x, X86_64};
    use BinaryFormat::{Elf, MachO};
    use Endianness::{Big, Little};

    for (format, architecture, endian) in [
        (Elf, X86_64, Little),
        (Elf, Arm, Little),
        (Elf, S390x, Big),
        (Elf, PowerPc, Big),
        (MachO, Aarch64, Little),
        (MachO, X86_64, Little),
        (MachO, I386, Little),
        (MachO, PowerPc, Big),
    ] {
        let file = object(format, architecture, endian, &records());
        check(&format!("{format:?} for {architecture:?}"), file);
    }
    check("PE, 64 bits", pe(true, &records()));
    check("PE, 32 bits", pe(false, &records()));
}

#[test]
fn universal_binaries() {
    let one = macho(&records());
    let other =
        object(BinaryFormat::MachO, Architecture::X86_64, Endianness::Little, &format!("{MAIN}\n{CHECK}\n{HANDLER}\n"));
    check("two architectures, in another order", universal(&[one.clone(), other]));
    check("64-bit offsets", universal_64(&one));

    let second = HANDLER.replace("close", "leave");
    let both = [format!("{MAIN}\n{HANDLER}\n{second}\n"), format!("{second}\n{MAIN}\n{HANDLER}\n")];
    let program = read(universal(&both.map(|records| macho(&records)))).unwrap();
    assert_eq!((program.plan.handlers().len(), program.warnings.len()), (2, 0));

    let program = read(universal(&[one, macho(&format!("{MAIN}\n"))])).unwrap();
    assert_eq!(program.plan.handlers().len(), 1);
    assert_eq!(program.warnings, ["the architectures in the file have different records: only the first one is read"]);
}

#[test]
fn what_is_no_program() {
    let java = b"\xca\xfe\xba\xbe\0\0\0\x34\0\x1d\x0a\0\x06\0\x0f\x09\0\x10\0\x11".to_vec();
    let coff = object(BinaryFormat::Coff, Architecture::X86_64, Endianness::Little, "");
    for (file, why) in [
        (vec![], "it is empty: pass the finished program"),
        (b"#!/bin/sh\nexec app\n".to_vec(), "it is a script: pass the program that it starts"),
        (b"apiVersion: apps/v1".to_vec(), "it is not an ELF, Mach-O or PE file: pass the finished program"),
        (b"\x7fELF".to_vec(), "it is not an ELF, Mach-O or PE file: pass the finished program"),
        (b"!<arch>\n/               0 ".to_vec(), "it is a static library: pass the program that it is linked to"),
        (coff, "it is an object file, not a program: pass the finished program"),
        (java, "it is a damaged or incomplete universal Mach-O file (Invalid nfat_arch)"),
        (universal(&[]), "it is not an ELF, Mach-O or PE file: pass the finished program"),
        (
            universal(&[elf(&records())[..10].to_vec()]),
            "it is not an ELF, Mach-O or PE file: pass the finished program",
        ),
    ] {
        assert_eq!(read(file).map(|program| program.plan).unwrap_err(), why);
    }
}

#[test]
fn without_records() {
    for name in ["graceful_meta2", "graceful_met", "other"] {
        let elf = object_with(BinaryFormat::Elf, Architecture::X86_64, Endianness::Little, ("", name), &records());
        let error = read(elf).unwrap_err();
        assert!(error.starts_with("it has no section `graceful_meta`: "), "{error}");
    }
    let other = (".gracefl", "__GRACEFUL");
    let macho = object_with(BinaryFormat::MachO, Architecture::Aarch64, Endianness::Little, other, &records());
    let error = read(macho).unwrap_err();
    assert_eq!(
        error,
        "it has no section `__graceful`: no function in it has an attribute of graceful; pass the finished program of a \
         crate with `#[graceful::main]`, not a wrapper or a launcher of it"
    );
}

#[test]
fn without_main() {
    let program = read(elf(&format!("{HANDLER}\n"))).unwrap();
    assert!(program.main.is_none());
    assert_eq!(program.plan.grace_period(), Duration::from_secs(24));
}

#[test]
fn several_mains() {
    let second = MAIN.replace("src/main.rs", "src/other.rs");
    assert_eq!(
        read(elf(&format!("{MAIN}\n{second}\n"))).unwrap_err(),
        "it has 2 functions with `#[graceful::main]`, at src/main.rs:9 and src/other.rs:9: cargo graceful cannot tell \
         which one runs"
    );
}

#[test]
fn a_signal_that_is_not_known() {
    let main = MAIN.replace("\"signals\":null", "\"signals\":[\"SIGTERM\",\"SIGPWR\"]");
    let program = read(elf(&main)).unwrap();
    assert_eq!(program.signals, ["SIGTERM"]);
    assert_eq!(program.warnings, ["unknown signal `SIGPWR`: update cargo-graceful"]);
}

#[test]
fn numbers_at_their_limits() {
    let handler = HANDLER.replace("3000", &u64::MAX.to_string()).replace("10", &i32::MIN.to_string());
    let program = read(elf(&format!("{MAIN}\n{handler}\n{handler}\n"))).unwrap();
    assert_eq!(program.plan.handlers().len(), 2);
    assert!(program.plan.fits().is_err());
    assert!(program.plan.to_string().contains("does not fit"));
}
