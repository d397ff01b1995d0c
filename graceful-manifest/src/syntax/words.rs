//! Words with quotes.

use std::borrow::Cow;

/// Splits a text at white space, as systemd and Docker split `A=1 "B=2 3"`. Quotes keep white space, and a backslash keeps the
/// next character. `None` if a quote is not closed.
pub(crate) fn words(text: &str) -> Option<Vec<Word<'_>>> {
    let mut words = Vec::new();
    let mut rest = text.char_indices().peekable();
    loop {
        while rest.next_if(|(_, c)| c.is_whitespace()).is_some() {}
        let Some(&(start, _)) = rest.peek() else { return Some(words) };
        let mut unquoted = String::new();
        let mut quote = None;
        let mut end = start;
        while let Some((at, c)) = rest.next_if(|(_, c)| quote.is_some() || !c.is_whitespace()) {
            end = at + c.len_utf8();
            match c {
                '\\' if quote != Some('\'') => {
                    if let Some((at, c)) = rest.next() {
                        end = at + c.len_utf8();
                        unquoted.push(c);
                    }
                }
                '"' | '\'' if quote.is_none() => quote = Some(c),
                _ if quote == Some(c) => quote = None,
                _ => unquoted.push(c),
            }
        }
        if quote.is_some() {
            return None;
        }
        let raw = text.get(start..end)?;
        words.push(Word { start, text: if raw == unquoted { Cow::Borrowed(raw) } else { Cow::Owned(unquoted) } });
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Word<'a> {
    /// The first byte.
    pub(crate) start: usize,
    /// The word without its quotes.
    pub(crate) text: Cow<'a, str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes() {
        let split = |text| {
            words(text).map(|words| words.into_iter().map(|word| (word.start, word.text.into_owned())).collect())
        };
        let list =
            |list: &[(usize, &str)]| Some(list.iter().map(|&(at, text)| (at, text.to_owned())).collect::<Vec<_>>());
        assert_eq!(split(" a  \"b c\"d\t'e\"' "), list(&[(1, "a"), (4, "b cd"), (11, "e\"")]));
        assert_eq!(split("a\\ b \"\\\"\" '\\'"), list(&[(0, "a b"), (5, "\""), (10, "\\")]));
        assert_eq!(split("ü=\"\""), list(&[(0, "ü=")]));
        assert_eq!(split(""), list(&[]));
        assert_eq!(split("\\"), list(&[(0, "")]));
        assert_eq!(split("a 'b"), None::<Vec<(usize, String)>>);
    }
}
