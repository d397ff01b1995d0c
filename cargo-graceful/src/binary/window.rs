//! A file that is read piece by piece, and a range of it.

use std::cell::Cell;
use std::io::{Read, Seek};
use std::ops::Range;

use object::{ReadCache, ReadRef};

use crate::error::Error;

/// At most so many bytes are read of a file. The records of ten thousand handlers take 3 MiB, the headers of a program
/// a few KiB.
pub(super) const LIMIT: u64 = 16 << 20;

pub(super) struct Source<F: Read + Seek> {
    cache: ReadCache<F>,
    left: Cell<u64>,
    refused: Cell<bool>,
}

impl<F: Read + Seek> Source<F> {
    pub(super) fn new(file: F) -> Self {
        Self { cache: ReadCache::new(file), left: Cell::new(LIMIT), refused: Cell::new(false) }
    }

    /// Whether a read exceeded the limit.
    pub(super) fn refused(&self) -> bool {
        self.refused.get()
    }

    /// Counts the bytes. Bytes that are read twice count twice, because the callers copy them.
    fn charge(&self, size: u64) -> Result<(), ()> {
        match self.left.get().checked_sub(size) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => {
                self.refused.set(true);
                Err(())
            }
        }
    }
}

/// A range of a file, which its reader sees as a whole file.
pub(super) struct Window<'a, F: Read + Seek> {
    source: &'a Source<F>,
    start: u64,
    length: u64,
}

impl<F: Read + Seek> Clone for Window<'_, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F: Read + Seek> Copy for Window<'_, F> {}

impl<'a, F: Read + Seek> Window<'a, F> {
    pub(super) fn whole(source: &'a Source<F>) -> Result<Self, Error> {
        let length = source.cache.len().map_err(|()| Error::new("its length is unknown"))?;
        Ok(Self { source, start: 0, length })
    }

    /// A part of this range. Nothing outside of it can be read.
    pub(super) fn part(self, offset: u64, length: u64) -> Option<Self> {
        let end = offset.checked_add(length)?;
        (end <= self.length).then_some(Self { start: self.start + offset, length, ..self })
    }
}

impl<'a, F: Read + Seek> ReadRef<'a> for Window<'a, F> {
    fn len(self) -> Result<u64, ()> {
        Ok(self.length)
    }

    fn read_bytes_at(self, offset: u64, size: u64) -> Result<&'a [u8], ()> {
        let part = self.part(offset, size).ok_or(())?;
        self.source.charge(size)?;
        self.source.cache.read_bytes_at(part.start, size)
    }

    /// Always fails: nothing here needs it, and it would need a limit as well.
    fn read_bytes_at_until(self, _range: Range<u64>, _delimiter: u8) -> Result<&'a [u8], ()> {
        Err(())
    }
}
