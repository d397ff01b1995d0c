//! ELF: Linux, the BSDs, illumos.

use object::read::ReadRef;
use object::read::elf::{FileHeader, SectionHeader as _};
use object::{Endianness, elf};

use super::damaged;
use crate::error::Error;

pub(super) const SECTION: &str = "graceful_meta";

/// Parts of the section, in the file's order. The symbols, which may be large, are not read.
pub(super) fn section<'a, H, R>(file: R) -> Result<Vec<&'a [u8]>, Error>
where
    H: FileHeader<Endian = Endianness>,
    R: ReadRef<'a>,
{
    let damaged = |error: object::Error| damaged("ELF", error);
    let header = H::parse(file).map_err(damaged)?;
    let endian = header.endian().map_err(damaged)?;
    let sections = header.section_headers(endian, file).map_err(damaged)?;
    if sections.is_empty() {
        return Err(Error::new(
            "it has no section headers, so it was packed or stripped of them: pass the file that the linker wrote",
        ));
    }
    let names = header.shstrndx(endian, file).map_err(damaged)?;
    let names = usize::try_from(names).ok().and_then(|names| sections.get(names));
    let names = names.map_or(Ok(&[][..]), |names| names.data(endian, file)).map_err(damaged)?;
    let is_ours = |section: &&H::SectionHeader| {
        let start = usize::try_from(section.sh_name(endian)).ok();
        let name = start.and_then(|start| names.get(start..)).and_then(|name| name.strip_prefix(SECTION.as_bytes()));
        name.is_some_and(|rest| rest.first() == Some(&0)) && section.sh_type(endian) != elf::SHT_NOBITS
    };
    sections.iter().filter(is_ours).map(|section| section.data(endian, file).map_err(damaged)).collect()
}
