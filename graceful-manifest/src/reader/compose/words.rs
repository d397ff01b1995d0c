//! A command in a string, split into words as Compose splits it: without a shell.

/// The words of the command. `None` if Compose refuses it, because a quote is not closed.
pub(super) fn split(command: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = command.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            (None | Some('"'), '\\') => word.get_or_insert_default().push(chars.next()?),
            (Some(_), _) => word.get_or_insert_default().push(c),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, ' ' | '\t' | '\r' | '\n') => words.extend(word.take()),
            // Compose drops the rest without a word.
            (None, ';' | '&' | '|' | '<' | '>') => break,
            (None, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_as_compose_splits_them() {
        for (command, words) in [
            ("", &[][..]),
            ("/api --port 80\n", &["/api", "--port", "80"]),
            ("sh -c 'exec \"api\"'", &["sh", "-c", "exec \"api\""]),
            ("sh -c exec\\ api", &["sh", "-c", "exec api"]),
            ("a \"b '\\\"' c\"d '' \"\"", &["a", "b '\"' cd", "", ""]),
            ("a 'x\\y' #b", &["a", "x\\y", "#b"]),
            ("A=1 b", &["A=1", "b"]),
            ("a b; c", &["a", "b"]),
            ("a && b", &["a"]),
            ("é 'ü'", &["é", "ü"]),
        ] {
            assert_eq!(split(command).unwrap(), words, "{command:?}");
        }
        for command in ["a 'b", "a \"b", "a \\"] {
            assert_eq!(split(command), None, "{command:?}");
        }
    }
}
