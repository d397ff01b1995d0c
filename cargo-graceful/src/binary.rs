//! Reads the link section with the records from an untrusted file.
//!
//! Only the headers and that section are read, so the size of the file does not matter. The sizes that the file claims
//! are checked against a limit before they are used.

mod elf;
mod macho;
mod pe;
mod window;

use std::fmt::Display;
use std::io::{Read, Seek};

use object::FileKind;
use object::elf::{FileHeader32, FileHeader64};
use object::macho::{FatArch32, FatArch64, MachHeader32, MachHeader64};
use object::pe::{ImageNtHeaders32, ImageNtHeaders64};

use self::window::{LIMIT, Source, Window};
use crate::error::Error;

/// Returns the section of each program in the file. A universal binary has a program for each architecture.
///
/// # Errors
///
/// If the file has no known format, is damaged, or has no such section. The message begins with "it".
pub(crate) fn sections(file: impl Read + Seek) -> Result<Vec<Vec<u8>>, Error> {
    let source = Source::new(file);
    read(Window::whole(&source)?).map_err(|error| match error {
        _ if source.refused() => {
            Error::new(format!("its headers and records claim more than {} MiB, which no program needs", LIMIT >> 20))
        }
        error => error,
    })
}

fn read<R: Read + Seek>(file: Window<'_, R>) -> Result<Vec<Vec<u8>>, Error> {
    match FileKind::parse(file) {
        Ok(FileKind::MachOFat32) => {
            let slices = macho::slices::<FatArch32, _>(file)?;
            slices.into_iter().map(program).collect()
        }
        Ok(FileKind::MachOFat64) => {
            let slices = macho::slices::<FatArch64, _>(file)?;
            slices.into_iter().map(program).collect()
        }
        _ => Ok(vec![program(file)?]),
    }
}

fn program<R: Read + Seek>(file: Window<'_, R>) -> Result<Vec<u8>, Error> {
    let (section, parts) = match FileKind::parse(file) {
        Ok(FileKind::Elf32) => (elf::SECTION, elf::section::<FileHeader32<_>, _>(file)?),
        Ok(FileKind::Elf64) => (elf::SECTION, elf::section::<FileHeader64<_>, _>(file)?),
        Ok(FileKind::MachO32) => (macho::SECTION, macho::section::<MachHeader32<_>, _>(file)?),
        Ok(FileKind::MachO64) => (macho::SECTION, macho::section::<MachHeader64<_>, _>(file)?),
        Ok(FileKind::Pe32) => (pe::SECTION, pe::section::<ImageNtHeaders32, _>(file)?),
        Ok(FileKind::Pe64) => (pe::SECTION, pe::section::<ImageNtHeaders64, _>(file)?),
        Ok(FileKind::Archive) => {
            return Err(Error::new("it is a static library: pass the program that it is linked to"));
        }
        Ok(_) => return Err(Error::new("it is an object file, not a program: pass the finished program")),
        Err(_) => return Err(unknown(file)),
    };
    if parts.is_empty() {
        return Err(Error::new(format!(
            "it has no section `{section}`: no function in it has an attribute of graceful; pass the finished program of a \
             crate with `#[graceful::main]`, not a wrapper or a launcher of it"
        )));
    }
    Ok(parts.concat())
}

fn unknown<R: Read + Seek>(file: Window<'_, R>) -> Error {
    use object::ReadRef as _;

    Error::new(match file.read_bytes_at(0, 2) {
        Ok(b"#!") => "it is a script: pass the program that it starts",
        Ok(_) => "it is not an ELF, Mach-O or PE file: pass the finished program",
        Err(()) => "it is empty: pass the finished program",
    })
}

fn damaged(format: &str, error: impl Display) -> Error {
    Error::new(format!("it is a damaged or incomplete {format} file ({error})"))
}
