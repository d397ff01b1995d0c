//! Mach-O, with universal binaries: macOS and iOS.

use std::io::{Read, Seek};

use object::Endianness;
use object::read::ReadRef;
use object::read::macho::{FatArch, MachHeader, MachOFatFile, Section as _, Segment};

use super::damaged;
use super::window::Window;
use crate::error::Error;

pub(super) const SECTION: &str = "__graceful";

const FORMAT: &str = "Mach-O";
const UNIVERSAL: &str = "universal Mach-O";

/// The programs in a universal binary, one for each architecture.
pub(super) fn slices<A: FatArch, F: Read + Seek>(file: Window<'_, F>) -> Result<Vec<Window<'_, F>>, Error> {
    let fat = MachOFatFile::<A>::parse(file).map_err(|error| damaged(UNIVERSAL, error))?;
    let slice = |arch: &A| {
        let (offset, size) = arch.file_range();
        file.part(offset, size).ok_or_else(|| damaged(UNIVERSAL, "Invalid fat arch offset or size"))
    };
    let slices = fat.arches().iter().map(slice).collect::<Result<Vec<_>, _>>()?;
    if slices.is_empty() {
        return Err(Error::new("it is a universal Mach-O file without an architecture"));
    }
    Ok(slices)
}

/// Parts of the section, in the file's order.
pub(super) fn section<'a, H, R>(file: R) -> Result<Vec<&'a [u8]>, Error>
where
    H: MachHeader<Endian = Endianness>,
    R: ReadRef<'a>,
{
    let damaged = |error: object::Error| damaged(FORMAT, error);
    let header = H::parse(file, 0).map_err(damaged)?;
    let endian = header.endian().map_err(damaged)?;
    let mut commands = header.load_commands(endian, file, 0).map_err(damaged)?;
    let mut parts = Vec::new();
    while let Some(command) = commands.next().map_err(damaged)? {
        let Some((segment, sections)) = H::Segment::from_command(command).map_err(damaged)? else { continue };
        let sections = segment.sections(endian, sections).map_err(damaged)?;
        for section in segment.section_offsets(endian, sections) {
            let (section, offset) = section.map_err(damaged)?;
            if section.name() == SECTION.as_bytes() {
                let data = section.data(endian, file, offset);
                parts.push(data.map_err(damaged)?);
            }
        }
    }
    Ok(parts)
}
