//! A file that is read piece by piece, and a stretch of it.

use std::cell::Cell;
use std::io::{Read, Seek};
use std::ops::Range;

use object::{ReadCache, ReadRef};

use crate::error::Error;

/// So many bytes are read of a file, all in all. Ten thousand handlers have records of 3 MiB; the headers of a program
/// are some KiB.
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

    /// Whether more was asked for than may be read.
    pub(super) fn refused(&self) -> bool {
        self.refused.get()
    }

    /// What is read twice counts twice: the callers copy it.
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

/// A stretch of a file, which for whoever reads it is a file of its own.
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
        let length = source.cache.len().map_err(|()| Error::new("its length cannot be found out"))?;
        Ok(Self { source, start: 0, length })
    }

    /// A part of it. What lies outside cannot be read.
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

    /// Refused: nothing here has a use for it, and it would have to be limited, too.
    fn read_bytes_at_until(self, _range: Range<u64>, _delimiter: u8) -> Result<&'a [u8], ()> {
        Err(())
    }
}
