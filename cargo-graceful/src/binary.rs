//! The link section with the records, out of a file that nobody vouches for.
//!
//! Only headers and that section are read: the size of the file doesn't matter, and what a file claims of its own
//! sizes is held against a limit before it is believed.

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

/// The section of each program in the file: of one, or in a universal binary of one for each architecture.
///
/// # Errors
///
/// The file is of no known format, is damaged, or has no such section. The message says so of "it".
pub(crate) fn sections(file: impl Read + Seek) -> Result<Vec<Vec<u8>>, Error> {
    let source = Source::new(file);
    read(Window::whole(&source)?).map_err(|error| match error {
        _ if source.refused() => Error::new(format!(
            "it claims headers and records of more than {} MiB: no program has so many",
            LIMIT >> 20
        )),
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
            return Err(Error::new("it is a static library: give the program that it is linked to"));
        }
        Ok(_) => return Err(Error::new("it is an object file, not a program: give the finished program")),
        Err(_) => return Err(unknown(file)),
    };
    if parts.is_empty() {
        return Err(Error::new(format!(
            "it has no section `{section}`: no function in it is under an attribute of graceful; give the finished \
             program of a crate that has `#[graceful::main]`, not a wrapper or a launcher of it"
        )));
    }
    Ok(parts.concat())
}

fn unknown<R: Read + Seek>(file: Window<'_, R>) -> Error {
    use object::ReadRef as _;

    Error::new(match file.read_bytes_at(0, 2) {
        Ok(b"#!") => "it is a script: give the program that it starts",
        Ok(_) => "it is no ELF, Mach-O or PE file: give the finished program",
        Err(()) => "it is empty: give the finished program",
    })
}

fn damaged(format: &str, error: impl Display) -> Error {
    Error::new(format!("it is a damaged {format} file, or only a part of one ({error})"))
}
