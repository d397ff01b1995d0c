//! Records that the compiler puts together: some values are constants of the program.

use std::time::Duration;

/// A piece of a record.
#[derive(Debug, Clone, Copy)]
pub enum Piece<'a> {
    /// JSON.
    Text(&'a str),
    /// An integer.
    Integer(i32),
    /// Milliseconds, rounded up as in [`Line`](super::Line).
    Millis(Duration),
}

/// The length of the pieces in bytes.
#[must_use]
pub const fn length(mut pieces: &[Piece<'_>]) -> usize {
    let mut length = 0;
    while let Some((piece, rest)) = pieces.split_first() {
        length += match *piece {
            Piece::Text(text) => text.len(),
            Piece::Integer(number) => Digits::of_integer(number).bytes().len(),
            Piece::Millis(duration) => Digits::of_millis(duration).bytes().len(),
        };
        pieces = rest;
    }
    length
}

/// Writes the pieces one after another. `record` has their [`length`].
pub const fn write(mut pieces: &[Piece<'_>], mut record: &mut [u8]) {
    while let Some((piece, rest)) = pieces.split_first() {
        record = match *piece {
            Piece::Text(text) => put(text.as_bytes(), record),
            Piece::Integer(number) => put(Digits::of_integer(number).bytes(), record),
            Piece::Millis(duration) => put(Digits::of_millis(duration).bytes(), record),
        };
        pieces = rest;
    }
}

/// Returns what is left of the record.
const fn put<'r>(bytes: &[u8], record: &'r mut [u8]) -> &'r mut [u8] {
    let (here, rest) = record.split_at_mut(bytes.len());
    here.copy_from_slice(bytes);
    rest
}

/// A decimal number: the bytes from `start`.
struct Digits {
    bytes: [u8; 40],
    start: usize,
}

impl Digits {
    const fn of_integer(number: i32) -> Self {
        let mut digits = Self::of(number.unsigned_abs() as u128);
        if number < 0 {
            digits.push(b'-');
        }
        digits
    }

    const fn of_millis(duration: Duration) -> Self {
        Self::of(duration.as_nanos().div_ceil(1_000_000))
    }

    const fn of(mut number: u128) -> Self {
        let mut digits = Self { bytes: [0; 40], start: 40 };
        loop {
            digits.push(b'0' + (number % 10) as u8);
            number /= 10;
            if number == 0 {
                return digits;
            }
        }
    }

    /// Puts a byte before the others. A `u128` has 39 digits.
    #[expect(clippy::indexing_slicing, reason = "40 bytes are enough for every number and its sign")]
    const fn push(&mut self, byte: u8) {
        self.start -= 1;
        self.bytes[self.start] = byte;
    }

    const fn bytes(&self) -> &[u8] {
        self.bytes.split_at(self.start).1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(pieces: &[Piece<'_>]) -> String {
        let mut record = vec![0; length(pieces)];
        write(pieces, &mut record);
        String::from_utf8(record).unwrap()
    }

    #[test]
    fn pieces_follow_each_other() {
        let pieces = [Piece::Text("{\"a\":"), Piece::Integer(-7), Piece::Text("é"), Piece::Millis(Duration::ZERO)];
        assert_eq!(written(&pieces), "{\"a\":-7é0");
        assert_eq!(written(&[]), "");
        assert_eq!(written(&[Piece::Millis(Duration::from_nanos(1_000_001))]), "2");
        assert_eq!(written(&[Piece::Millis(Duration::MAX)]), "18446744073709551616000");
    }

    proptest! {
        #[test]
        fn an_integer_is_written_as_std_does(number: i32) {
            prop_assert_eq!(written(&[Piece::Integer(number)]), number.to_string());
        }
    }
}
