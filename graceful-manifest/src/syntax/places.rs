//! The line and the column of a byte.

use crate::tree::Position;

/// The number of characters is known at the beginning of each block of so many bytes, so that a long line costs little.
const BLOCK: usize = 64;

/// The places of a text.
#[derive(Debug)]
pub(crate) struct Places<'a> {
    text: &'a str,
    source: u32,
    /// The first byte of each line.
    lines: Vec<usize>,
    /// The number of characters before each block.
    before: Vec<usize>,
}

impl<'a> Places<'a> {
    pub(crate) fn new(text: &'a str, source: u32) -> Self {
        let ends = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(ends).collect();
        let mut before = vec![0];
        let mut total = 0;
        for block in text.as_bytes().chunks(BLOCK) {
            total += characters(block);
            before.push(total);
        }
        Self { text, source, lines, before }
    }

    /// The place of a byte. A byte beyond the end is at the end.
    pub(crate) fn at(&self, byte: usize) -> Position {
        let byte = byte.min(self.text.len());
        let line = self.lines.partition_point(|&start| start <= byte);
        let start = self.lines.get(line.saturating_sub(1)).copied().unwrap_or_default();
        let column = self.characters_before(byte).saturating_sub(self.characters_before(start)) + 1;
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Position { source: self.source, line: small(line), column: small(column) }
    }

    fn characters_before(&self, byte: usize) -> usize {
        let block = byte / BLOCK;
        let rest = self.text.as_bytes().get(block * BLOCK..byte).unwrap_or_default();
        self.before.get(block).copied().unwrap_or_default() + characters(rest)
    }
}

/// The number of characters that begin in these bytes.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0b1100_0000 != 0b1000_0000).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, byte: usize) -> (u32, u32) {
        let place = Places::new(text, 0).at(byte);
        (place.line, place.column)
    }

    #[test]
    fn lines_and_columns_begin_at_1() {
        let text = "a\nzwölf = 1\n";
        assert_eq!(
            [0, 1, 2, 6, 9, 12, 99].map(|byte| place(text, byte)),
            [(1, 1), (1, 2), (2, 1), (2, 4), (2, 7), (2, 10), (3, 1)]
        );
        assert_eq!(place("", 0), (1, 1));
    }

    #[test]
    fn long_lines() {
        for length in [BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK] {
            let text = "ü".repeat(length);
            assert_eq!(place(&text, 2 * length), (1, length as u32 + 1));
            assert_eq!(place(&format!("{text}\nü{text}"), 2 * length + 3), (2, 2));
        }
    }
}
