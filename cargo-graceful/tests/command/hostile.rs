//! Files that are damaged or malicious.

use std::cell::Cell;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::rc::Rc;

use cargo_graceful::Program;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::sample::{elf, macho, pe, records, universal, universal_64};

fn samples() -> Vec<Vec<u8>> {
    let [elf, macho] = [elf(&records()), macho(&records())];
    let both = universal(&[macho.clone(), macho.clone()]);
    vec![elf, universal_64(&macho), macho, pe(true, &records()), pe(false, &records()), both]
}

/// Each program that can be read can be printed.
fn read(file: &[u8]) {
    if let Ok(program) = Program::read(Cursor::new(file)) {
        assert!(!program.plan.to_string().is_empty());
    }
}

#[test]
fn cut_off_anywhere() {
    for file in samples() {
        let last = file.len().min(0x3000);
        (0..last).for_each(|length| read(&file[..length]));
    }
}

#[test]
fn each_byte_wrong() {
    for file in samples() {
        for at in 0..file.len().min(0x800) {
            for value in [0, 1, 0x7f, 0xff] {
                let mut file = file.clone();
                file[at] = value;
                read(&file);
            }
        }
    }
}

/// A file that is much longer than its headers claim. It counts the bytes that are read.
struct Long {
    head: Cursor<Vec<u8>>,
    length: u64,
    at: u64,
    read: Rc<Cell<u64>>,
}

impl Read for Long {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.head.set_position(self.at);
        let mut read = self.head.read(buffer)?;
        if read == 0 {
            let rest = usize::try_from(self.length.saturating_sub(self.at)).unwrap();
            read = rest.min(buffer.len());
            buffer[..read].fill(0x41);
        }
        self.at += read as u64;
        self.read.set(self.read.get() + read as u64);
        Ok(read)
    }
}

impl Seek for Long {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(by) => self.length.checked_add_signed(by).ok_or(io::ErrorKind::InvalidInput)?,
            SeekFrom::Current(by) => self.at.checked_add_signed(by).ok_or(io::ErrorKind::InvalidInput)?,
        };
        Ok(self.at)
    }
}

fn long(head: Vec<u8>) -> (Result<Program, String>, u64) {
    let read = Rc::new(Cell::new(0));
    let file = Long { head: Cursor::new(head), length: 1 << 40, at: 0, read: Rc::clone(&read) };
    let result = Program::read(file).map_err(|error| error.to_string());
    (result, read.get())
}

#[test]
fn of_a_file_of_a_tebibyte_only_the_headers_are_read() {
    for file in samples() {
        let length = file.len() as u64;
        let (result, read) = long(file);
        assert_eq!(result.unwrap().plan.handlers().len(), 1);
        assert!(read <= 2 * length, "{read} bytes of {length}");
    }
}

const TOO_MUCH: &str = "its headers and records claim more than 16 MiB, which no program needs";

/// The offsets of the section table in the ELF header, and of type and size in a section header.
fn section_header(file: &[u8], name: &str) -> usize {
    let number = |at: usize, length: usize| {
        let bytes = file[at..at + length].iter().rev();
        bytes.fold(0, |number, byte| number << 8 | usize::from(*byte))
    };
    let table = number(0x28, 8);
    let names = number(table + number(0x3e, 2) * 64 + 24, 8);
    let name = format!("{name}\0");
    (0..number(0x3c, 2))
        .map(|index| table + index * 64)
        .find(|header| file[names + number(*header, 4)..].starts_with(name.as_bytes()))
        .unwrap()
}

#[test]
fn a_section_that_claims_to_be_large() {
    let mut file = elf(&records());
    let header = section_header(&file, "graceful_meta");
    file[header + 32..][..8].copy_from_slice(&(1_u64 << 39).to_le_bytes());
    let (result, read) = long(file);
    assert_eq!(result.map(|program| program.plan).unwrap_err(), TOO_MUCH);
    assert!(read < 1 << 20, "{read} bytes");
}

#[test]
fn a_section_that_overflows() {
    for (offset, size) in [(u64::MAX, 1), (1, u64::MAX), (u64::MAX, u64::MAX), (1 << 40, 1)] {
        let mut file = elf(&records());
        let header = section_header(&file, "graceful_meta");
        file[header + 24..][..8].copy_from_slice(&offset.to_le_bytes());
        file[header + 32..][..8].copy_from_slice(&size.to_le_bytes());
        let (result, _) = long(file);
        let error = result.map(|program| program.plan).unwrap_err();
        assert!(error.starts_with("it is a damaged or incomplete ELF file (Invalid ELF section"), "{error}");
    }
}

/// As many section headers as fit, all for the same megabyte.
#[test]
fn the_same_megabyte_again_and_again() {
    let mut file = elf(&format!("{}\n", "x".repeat(1 << 20)));
    let header = section_header(&file, "graceful_meta");
    let header: Vec<u8> = file[header..][..64].to_vec();
    let table = usize::from_le_bytes(file[0x28..0x30].try_into().unwrap());
    let end = file.len();
    let old = file[table..end].to_vec();
    file.extend(&old);
    (0..100).for_each(|_| file.extend(&header));
    file[0x28..0x30].copy_from_slice(&(end as u64).to_le_bytes());
    let sections = u16::try_from(old.len() / 64 + 100).unwrap();
    file[0x3c..0x3e].copy_from_slice(&sections.to_le_bytes());
    assert_eq!(Program::read(Cursor::new(file)).map(|program| program.plan).unwrap_err().to_string(), TOO_MUCH);
}

#[test]
fn without_section_headers() {
    let mut file = elf(&records());
    file[0x28..0x30].fill(0);
    file[0x3c..0x40].fill(0);
    assert_eq!(
        Program::read(Cursor::new(file)).map(|program| program.plan).unwrap_err().to_string(),
        "it has no section headers, so it was packed or stripped of them: pass the file that the linker wrote"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_bytes(kind in 0..8_usize, mut file in vec(any::<u8>(), 0..2_000)) {
        let magic: &[u8] = match kind {
            0 => b"\x7fELF\x02\x01\x01",
            1 => b"\x7fELF\x01\x02\x01",
            2 => b"\xcf\xfa\xed\xfe",
            3 => b"\xfe\xed\xfa\xce",
            4 => b"\xca\xfe\xba\xbe\0\0\0",
            5 => b"\xca\xfe\xba\xbf\0\0\0",
            6 => b"MZ",
            _ => b"",
        };
        let length = magic.len().min(file.len());
        file[..length].copy_from_slice(&magic[..length]);
        read(&file);
    }

    #[test]
    fn several_places_wrong(
        sample in 0..6_usize,
        places in vec((any::<prop::sample::Index>(), prop_oneof![any::<u8>(), Just(0), Just(0xff)]), 1..20),
        end in any::<prop::sample::Index>(),
    ) {
        let mut file = samples().swap_remove(sample);
        for (at, value) in places {
            // Most of the important bytes are at the beginning.
            let at = at.index(file.len());
            file[at] = value;
            file[at % 0x200] = value;
        }
        read(&file);
        file.truncate(end.index(file.len()));
        read(&file);
    }
}
