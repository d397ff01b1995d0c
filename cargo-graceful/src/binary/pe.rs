//! PE: Windows.

use object::LittleEndian as LE;
use object::pe::ImageDosHeader;
use object::read::ReadRef;
use object::read::pe::ImageNtHeaders;

use super::damaged;
use crate::error::Error;

pub(super) const SECTION: &str = ".gracefl";

/// Parts of the section, in the file's order.
pub(super) fn section<'a, H, R>(file: R) -> Result<Vec<&'a [u8]>, Error>
where
    H: ImageNtHeaders,
    R: ReadRef<'a>,
{
    let damaged = |error: object::Error| damaged("PE", error);
    let dos = ImageDosHeader::parse(file).map_err(damaged)?;
    let mut offset = u64::from(dos.e_lfanew.get(LE));
    let (header, _) = H::parse(file, &mut offset).map_err(damaged)?;
    let sections = header.sections(file, offset).map_err(damaged)?;
    let ours = sections.iter().filter(|section| section.raw_name() == SECTION.as_bytes());
    ours.map(|section| section.pe_data(file).map_err(damaged)).collect()
}
