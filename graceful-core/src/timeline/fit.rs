//! Text that fits: into a column, into a line, into a list.

use crate::text::escape;

/// How many items of a longer list are shown, before the number of the others.
const MAX_LISTED: usize = 12;

/// How many items to show of a list of this length. If only one were left out, the line that says so has room for it.
#[must_use]
pub fn shown(length: usize) -> usize {
    if length <= MAX_LISTED + 1 { length } else { MAX_LISTED }
}

/// At most `width` characters, with an ellipsis for what is left out. More is kept of the end: in a path that is the
/// name.
pub(super) fn shorten(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length <= width {
        return text.to_owned();
    }
    let Some(kept) = width.checked_sub(1) else {
        return String::new();
    };
    let head = kept / 3;
    let tail = kept - head;
    let mut short: String = text.chars().take(head).collect();
    short.push('…');
    short.extend(text.chars().skip(length - tail));
    short
}

/// The text in lines of at most `width` characters, broken at spaces where there are any.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut current = String::new();
        let mut length = 0;
        for c in escape(&line.replace('\t', "    ")).chars() {
            current.push(c);
            length += 1;
            if length <= width {
                continue;
            }
            let rest = match current.rsplit_once(' ') {
                Some((head, tail)) if !head.trim().is_empty() => {
                    let (head, tail) = (head.to_owned(), tail.to_owned());
                    current = head;
                    tail
                }
                _ => current.pop().into_iter().collect(),
            };
            lines.push(current);
            length = rest.chars().count();
            current = rest;
        }
        lines.push(current);
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::timeline::arbitrary::any_text;

    #[test]
    fn lists() {
        assert_eq!([0, 12, 13, 14, 10_000].map(shown), [0, 12, 13, 12, 12]);
    }

    #[test]
    fn shortens() {
        assert_eq!(shorten("close_database", 14), "close_database");
        assert_eq!(shorten("database::connection::close", 16), "datab…ion::close");
        assert_eq!(shorten("ab", 1), "…");
        assert_eq!(shorten("ab", 0), "");
    }

    #[test]
    fn wraps() {
        assert_eq!(wrap("", 10), [""; 0]);
        assert_eq!(wrap("0123456789", 10), ["0123456789"]);
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("one 0123456789", 7), ["one", "0123456", "789"]);
        assert_eq!(wrap("Caused by:\n    0: os error 104", 20), ["Caused by:", "    0: os error 104"]);
        assert_eq!(wrap("a\n\n\tb", 10), ["a", "", "    b"]);
    }

    proptest! {
        #[test]
        fn shortened_text_keeps_its_ends(text in any_text(), width in 0..100_usize) {
            let short = shorten(&text, width);
            prop_assert_eq!(short.chars().count(), text.chars().count().min(width));
            if let Some((head, tail)) = short.split_once('…').filter(|_| short != text) {
                prop_assert!(text.starts_with(head) && text.ends_with(tail));
            }
        }

        #[test]
        fn wrapped_text_is_all_there(text in any_text(), width in 1..100_usize) {
            let lines = wrap(&text, width);
            prop_assert!(lines.iter().all(|line| line.chars().count() <= width));
            let dense = |text: &str| text.replace(' ', "");
            let all: Vec<_> = text.lines().map(|line| escape(&line.replace('\t', ""))).collect();
            prop_assert_eq!(dense(&lines.concat()), dense(&all.concat()));
        }
    }
}
