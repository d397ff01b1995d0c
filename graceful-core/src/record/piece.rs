//! Records that the compiler puts together: some values are constants of the program.

use std::time::Duration;

/// A piece of a record.
#[derive(Debug, Clone, Copy)]
pub enum Piece<'a> {
    /// JSON.
    Text(&'a str),
    /// The inside of a string in JSON.
    Escaped(&'a str),
    /// An integer.
    Integer(i32),
    /// Milliseconds, rounded up as in [`Line`](super::Line).
    Millis(Duration),
    /// The handlers that one runs after: a list of [`After`](super::After).
    After(&'a [Named<'a>]),
}

/// A handler as others name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named<'a> {
    /// The function's path, with the crate.
    pub path: &'a str,
    /// File and line.
    pub location: &'a str,
}

/// The length of the pieces in bytes.
#[must_use]
pub const fn length(mut pieces: &[Piece<'_>]) -> usize {
    let mut length = 0;
    while let Some((piece, rest)) = pieces.split_first() {
        length += match *piece {
            Piece::Text(text) => text.len(),
            Piece::Escaped(text) => escaped_length(text.as_bytes()),
            Piece::Integer(number) => Digits::of_integer(number).bytes().len(),
            Piece::Millis(duration) => Digits::of_millis(duration).bytes().len(),
            Piece::After(handlers) => length_of(handlers),
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
            Piece::Escaped(text) => put_escaped(text.as_bytes(), record),
            Piece::Integer(number) => put(Digits::of_integer(number).bytes(), record),
            Piece::Millis(duration) => put(Digits::of_millis(duration).bytes(), record),
            Piece::After(handlers) => put_all(handlers, record),
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

/// The JSON of a handler, around its path and its location.
const AROUND: [&str; 3] = ["{\"path\":\"", "\",\"location\":\"", "\"}"];

const fn length_of(mut handlers: &[Named<'_>]) -> usize {
    let [begin, middle, end] = AROUND;
    let around = begin.len() + middle.len() + end.len();
    // A comma before each but the first.
    let mut length = "[]".len() + handlers.len().saturating_sub(1);
    while let Some((handler, rest)) = handlers.split_first() {
        length += around + escaped_length(handler.path.as_bytes()) + escaped_length(handler.location.as_bytes());
        handlers = rest;
    }
    length
}

const fn put_all<'r>(mut handlers: &[Named<'_>], record: &'r mut [u8]) -> &'r mut [u8] {
    let [begin, middle, end] = AROUND;
    let mut record = put(b"[", record);
    while let Some((handler, rest)) = handlers.split_first() {
        record = put(begin.as_bytes(), record);
        record = put_escaped(handler.path.as_bytes(), record);
        record = put(middle.as_bytes(), record);
        record = put_escaped(handler.location.as_bytes(), record);
        record = put(end.as_bytes(), record);
        if !rest.is_empty() {
            record = put(b",", record);
        }
        handlers = rest;
    }
    put(b"]", record)
}

const fn escaped_length(mut text: &[u8]) -> usize {
    let mut length = 0;
    while let [byte, rest @ ..] = text {
        length += escaped(byte).len();
        text = rest;
    }
    length
}

const fn put_escaped<'r>(mut text: &[u8], mut record: &'r mut [u8]) -> &'r mut [u8] {
    while let [byte, rest @ ..] = text {
        record = put(escaped(byte), record);
        text = rest;
    }
    record
}

/// The byte in a JSON string. A line break would end the record; a path with one is not worth more than this.
const fn escaped(byte: &u8) -> &[u8] {
    match byte {
        b'"' => b"\\\"",
        b'\\' => b"\\\\",
        0..0x20 => b"?",
        _ => std::slice::from_ref(byte),
    }
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

    #[test]
    fn handlers_are_a_list() {
        let named = |path, location| Named { path, location };
        assert_eq!(written(&[Piece::After(&[])]), "[]");
        assert_eq!(
            written(&[Piece::After(&[named("app::close", "src/main.rs:1"), named("é", "src\\a\"b\n.rs:2")])]),
            r#"[{"path":"app::close","location":"src/main.rs:1"},{"path":"é","location":"src\\a\"b?.rs:2"}]"#
        );
    }

    proptest! {
        #[test]
        fn an_integer_is_written_as_std_does(number: i32) {
            prop_assert_eq!(written(&[Piece::Integer(number)]), number.to_string());
        }
    }
}
