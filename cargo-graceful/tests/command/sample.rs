//! Small binaries with records, made by hand.

use object::write::Object;
use object::write::pe::{NtHeaders, Writer};
use object::{Architecture, BinaryFormat, Endianness, SectionKind, pe};

pub(crate) const MAIN: &str = r#"{"graceful":1,"kind":"main","crate":"app","grace_period_ms":20000,"lame_duck_ms":4000,"drain_timeout_ms":null,"handler_timeout_ms":null,"heartbeat_timeout_ms":null,"health_cache_ms":null,"signals":null,"probes":"0.0.0.0:8081","file":"src/main.rs","line":9}"#;
pub(crate) const HANDLER: &str = r#"{"graceful":1,"kind":"handler","name":null,"function":"close","module":"app::db","priority":10,"timeout_ms":3000,"phase":"teardown","file":"src/db.rs","line":3}"#;
pub(crate) const CHECK: &str = r#"{"graceful":1,"kind":"health_check","name":"database","function":"ping","module":"app::db","timeout_ms":null,"file":"src/db.rs","line":7}"#;

pub(crate) const RUN: &str = r#"{"graceful":1,"kind":"run","module":"graceful_runtime::run"}"#;

/// A section as a linker leaves it.
pub(crate) fn records() -> String {
    format!("{HANDLER}\n{MAIN}\n\0\0{CHECK}\n\0")
}

/// A section with the name that the platform's linker gives it.
fn section(format: BinaryFormat) -> (&'static str, &'static str) {
    match format {
        BinaryFormat::Elf => ("", "graceful_meta"),
        BinaryFormat::MachO => ("__DATA", "__graceful"),
        _ => ("", ".gracefl"),
    }
}

/// A binary with sections before and after that of the records.
pub(crate) fn object(format: BinaryFormat, architecture: Architecture, endian: Endianness, data: &str) -> Vec<u8> {
    object_with(format, architecture, endian, section(format), data)
}

pub(crate) fn object_with(
    format: BinaryFormat,
    architecture: Architecture,
    endian: Endianness,
    (segment, name): (&str, &str),
    data: &str,
) -> Vec<u8> {
    let mut object = Object::new(format, architecture, endian);
    for (name, data) in [("before", "x".repeat(33)), (name, data.to_owned()), ("behind", "y".to_owned())] {
        let id = object.add_section(segment.as_bytes().to_vec(), name.as_bytes().to_vec(), SectionKind::Data);
        object.append_section_data(id, data.as_bytes(), 1);
    }
    object.write().unwrap()
}

pub(crate) fn elf(data: &str) -> Vec<u8> {
    object(BinaryFormat::Elf, Architecture::X86_64, Endianness::Little, data)
}

pub(crate) fn macho(data: &str) -> Vec<u8> {
    object(BinaryFormat::MachO, Architecture::Aarch64, Endianness::Little, data)
}

pub(crate) fn pe(is_64: bool, data: &str) -> Vec<u8> {
    let mut file = Vec::new();
    let mut writer = Writer::new(is_64, 0x1000, 0x200, &mut file);
    writer.reserve_dos_header();
    writer.reserve_nt_headers(16);
    writer.reserve_section_headers(2);
    let text = writer.reserve_text_section(1);
    let kind = pe::IMAGE_SCN_CNT_INITIALIZED_DATA | pe::IMAGE_SCN_MEM_READ;
    let length = u32::try_from(data.len()).unwrap();
    let section = writer.reserve_section(*b".gracefl", kind, length, length);
    writer.write_empty_dos_header().unwrap();
    writer.write_nt_headers(NtHeaders {
        machine: pe::IMAGE_FILE_MACHINE_AMD64,
        time_date_stamp: 0,
        characteristics: pe::IMAGE_FILE_EXECUTABLE_IMAGE,
        major_linker_version: 0,
        minor_linker_version: 0,
        address_of_entry_point: 0,
        image_base: 0x40_0000,
        major_operating_system_version: 0,
        minor_operating_system_version: 0,
        major_image_version: 0,
        minor_image_version: 0,
        major_subsystem_version: 0,
        minor_subsystem_version: 0,
        subsystem: pe::IMAGE_SUBSYSTEM_WINDOWS_CUI,
        dll_characteristics: pe::DllFlags(0),
        size_of_stack_reserve: 0,
        size_of_stack_commit: 0,
        size_of_heap_reserve: 0,
        size_of_heap_commit: 0,
    });
    writer.write_section_headers();
    writer.write_section(text.file_offset, b"\xc3");
    writer.write_section(section.file_offset, data.as_bytes());
    file
}

/// A universal binary with 32-bit offsets.
pub(crate) fn universal(slices: &[Vec<u8>]) -> Vec<u8> {
    let mut file = 0xcafe_babe_u32.to_be_bytes().to_vec();
    file.extend(u32::try_from(slices.len()).unwrap().to_be_bytes());
    let mut offset = 0x1000;
    for slice in slices {
        let length = u32::try_from(slice.len()).unwrap();
        for number in [0x0100_000c, 0, offset, length, 12] {
            file.extend(number.to_be_bytes());
        }
        offset += length.next_multiple_of(0x1000);
    }
    for slice in slices {
        file.resize(file.len().next_multiple_of(0x1000), 0);
        file.extend(slice);
    }
    file
}

/// The same with 64-bit offsets.
pub(crate) fn universal_64(slice: &[u8]) -> Vec<u8> {
    let mut file = 0xcafe_babf_u32.to_be_bytes().to_vec();
    file.extend(1_u32.to_be_bytes());
    file.extend([0x0100_000c_u32, 0].map(u32::to_be_bytes).concat());
    file.extend([0x1000, slice.len() as u64].map(u64::to_be_bytes).concat());
    file.extend([12_u32, 0].map(u32::to_be_bytes).concat());
    file.resize(0x1000, 0);
    file.extend(slice);
    file
}
