//! Splits scripts into commands, as a shell does.

use std::mem;

/// A longer script is not read. Through aliases one script may be in many containers, and each is read.
const MAX_LENGTH: usize = 16 * 1024;

/// A simple command, or a part of a compound one.
#[derive(Debug, Default)]
pub(crate) struct Command<'s> {
    pub(crate) words: Vec<Word<'s>>,
    pub(crate) is_redirected: bool,
    pub(crate) end: End,
}

#[derive(Debug)]
pub(crate) struct Word<'s> {
    /// The word as it is written.
    pub(crate) raw: &'s str,
    /// The word without its quotes. `None` if the shell expands something in it.
    pub(crate) text: Option<String>,
}

/// The end of a command.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// A semicolon, a new line, or nothing.
    #[default]
    Next,
    And,
    Or,
    Pipe,
    Background,
    Open,
    Close,
    /// `;;`, between the branches of a `case`.
    Branch,
}

/// Splits a script. `None` if it is too long, or if a quote or a bracket is not closed.
pub(crate) fn commands(script: &str) -> Option<Vec<Command<'_>>> {
    if script.len() > MAX_LENGTH {
        return None;
    }
    let mut reader = Reader { script, at: 0, here_documents: Vec::new() };
    let mut commands = Vec::new();
    let mut command = Command::default();
    loop {
        reader.skip_blanks();
        let is_over = reader.next().is_none();
        if let Some(end) = reader.end() {
            let is_something = !command.words.is_empty() || command.is_redirected;
            if is_something || matches!(end, End::Open | End::Close | End::Branch) {
                commands.push(Command { end, ..mem::take(&mut command) });
            }
            if is_over {
                return Some(commands);
            }
        } else if let Some(operator) = reader.redirection() {
            command.is_redirected = true;
            reader.target(operator)?;
        } else {
            let word = reader.word()?;
            // `2>`: the number is not a word but a file descriptor.
            let is_number = word.raw.bytes().all(|byte| byte.is_ascii_digit());
            if !is_number || !matches!(reader.next(), Some(b'<' | b'>')) {
                command.words.push(word);
            }
        }
    }
}

#[derive(Debug)]
struct Reader<'s> {
    script: &'s str,
    at: usize,
    /// The ends of the here-documents that begin after this line, and whether tabs may precede them.
    here_documents: Vec<(String, bool)>,
}

impl<'s> Reader<'s> {
    fn rest(&self) -> &'s [u8] {
        &self.script.as_bytes()[self.at..]
    }

    fn next(&self) -> Option<u8> {
        self.rest().first().copied()
    }

    /// The first of these texts that comes next.
    fn one_of<T: Copy>(&mut self, signs: &[(&'static str, T)]) -> Option<T> {
        let &(sign, meaning) = signs.iter().find(|(sign, _)| self.rest().starts_with(sign.as_bytes()))?;
        self.at += sign.len();
        Some(meaning)
    }

    fn skip_line(&mut self) -> &'s [u8] {
        let rest = self.rest();
        let length = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// Skips spaces, continued lines and comments.
    fn skip_blanks(&mut self) {
        loop {
            match self.rest() {
                [b' ' | b'\t', ..] => self.at += 1,
                [b'\\', b'\n', ..] => self.at += 2,
                [b'#', ..] => _ = self.skip_line(),
                _ => return,
            }
        }
    }

    fn end(&mut self) -> Option<End> {
        if self.next().is_none() {
            return Some(End::Next);
        }
        if self.is_substitution() || self.rest().starts_with(b"&>") {
            return None;
        }
        let end = self.one_of(&[
            ("&&", End::And),
            ("||", End::Or),
            (";;", End::Branch),
            (";", End::Next),
            ("\n", End::Next),
            ("|", End::Pipe),
            ("&", End::Background),
            ("(", End::Open),
            (")", End::Close),
        ])?;
        if self.script.as_bytes()[self.at - 1] == b'\n' {
            self.skip_here_documents();
        }
        Some(end)
    }

    fn skip_here_documents(&mut self) {
        for (end, tabs) in mem::take(&mut self.here_documents) {
            while self.next().is_some() {
                let line = self.skip_line();
                self.at = self.script.len().min(self.at + 1);
                let tabs = line.iter().take_while(|&&byte| tabs && byte == b'\t').count();
                if &line[tabs..] == end.as_bytes() {
                    break;
                }
            }
        }
    }

    /// `<(` and `>(` begin a word.
    fn is_substitution(&self) -> bool {
        matches!(self.rest(), [b'<' | b'>', b'(', ..])
    }

    fn redirection(&mut self) -> Option<&'static str> {
        // Only bash redirects with `&>`. In other shells the program ends at once, which nobody overlooks.
        const ALL: [&str; 12] = ["&>>", "&>", "<<<", "<<-", "<<", "<>", "<&", "<", ">>", ">&", ">|", ">"];

        if self.is_substitution() { None } else { self.one_of(&ALL.map(|sign| (sign, sign))) }
    }

    fn target(&mut self, operator: &str) -> Option<()> {
        self.skip_blanks();
        let word = self.word()?;
        if word.raw.is_empty() {
            return None;
        }
        if matches!(operator, "<<" | "<<-") {
            let end = word.text.unwrap_or_else(|| word.raw.to_owned());
            self.here_documents.push((end, operator == "<<-"));
        }
        Some(())
    }

    fn word(&mut self) -> Option<Word<'s>> {
        let start = self.at;
        let mut text = Vec::new();
        let mut is_literal = true;
        // The closing characters of what is open, the innermost last.
        let mut open = Vec::new();
        if self.is_substitution() {
            self.at += 2;
            is_literal = false;
            open.push(b')');
        }
        while let Some(byte) = self.next() {
            let innermost = open.last().copied();
            if innermost.is_none() && b" \t\n;&|()<>".contains(&byte) {
                break;
            }
            self.at += 1;
            match (innermost, byte) {
                (Some(closing), _) if closing == byte => _ = open.pop(),
                (Some(b'\''), _) => text.push(byte),
                (_, b'\\') => {
                    let escaped = self.next();
                    self.at += usize::from(escaped.is_some());
                    // In quotes a backslash stays if it escapes nothing.
                    if innermost == Some(b'"') && !matches!(escaped, Some(b'"' | b'\\' | b'$' | b'`' | b'\n')) {
                        text.push(b'\\');
                    }
                    text.extend(escaped.filter(|&byte| byte != b'\n'));
                }
                (_, b'"') | (None | Some(b')' | b'}'), b'\'') => open.push(byte),
                (Some(b')'), b'(') => open.push(b')'),
                (_, b'`') => {
                    is_literal = false;
                    open.push(b'`');
                }
                (_, b'$') => {
                    is_literal = false;
                    open.extend(self.one_of(&[("(", b')'), ("{", b'}')]));
                }
                _ => text.push(byte),
            }
        }
        let raw = self.script.get(start..self.at)?;
        let text = if is_literal { String::from_utf8(text).ok() } else { None };
        open.is_empty().then_some(Word { raw, text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words of each command in brackets, unknown ones as `?`, then its end.
    fn cut(script: &str) -> Option<String> {
        let shown = commands(script)?.into_iter().map(|command| {
            let words: Vec<_> = command.words.into_iter().map(|word| word.text.unwrap_or("?".to_owned())).collect();
            let redirected = if command.is_redirected { ">" } else { "" };
            format!("[{}]{redirected}{:?}", words.join("|"), command.end)
        });
        Some(shown.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn cut_as_a_shell_cuts() {
        for (script, commands) in [
            ("", ""),
            (" ; \n\n", ""),
            ("a b;c", "[a|b]Next [c]Next"),
            ("a&&b || c |d& e\n", "[a]And [b]Or [c]Pipe [d]Background [e]Next"),
            ("a \\\n  b\\\nc", "[a|bc]Next"),
            ("# a; b\na#b # c", "[a#b]Next"),
            ("a ';' \"b & 'c'\" \\; d''", "[a|;|b & 'c'|;|d]Next"),
            (r#"a "\"\$\x" '\'"#, r#"[a|"$\x|\]Next"#),
            ("a 2>&1 >/dev/null &>b <c d", "[a|d]>Next"),
            ("a 2 >b", "[a|2]>Next"),
            ("> a", "[]>Next"),
            ("a > >(tee b; c) && d <(e)", "[a]>And [d|?]Next"),
            ("a $(b; (c) \")\") `d; e` ${f:-;} $g", "[a|?|?|?|?]Next"),
            ("a $((1 << 2)); b", "[a|?]Next [b]Next"),
            ("(a); b() { c; }", "[]Open [a]Close [b]Open []Close [{|c]Next [}]Next"),
            ("case a in b) c;; esac", "[case|a|in|b]Close [c]Branch [esac]Next"),
            ("cat <<E > f; b\nit's\n E\nE\nc", "[cat]>Next [b]Next [c]Next"),
            ("cat <<-'E F'\n\ta\n\tE F\nb", "[cat]>Next [b]Next"),
            ("cat <<E\nit's", "[cat]>Next"),
            ("é 'ü'\\ä", "[é|üä]Next"),
        ] {
            assert_eq!(cut(script).as_deref(), Some(commands), "{script:?}");
        }
    }

    #[test]
    fn what_is_never_closed_or_too_long() {
        for script in ["a '", "a \"", "a \"$(b\"", "a `", "a ${", "a >", "a <<", "a >;", "a <(b"] {
            assert_eq!(cut(script), None, "{script:?}");
        }
        assert_eq!(cut(&" ;".repeat(MAX_LENGTH / 2)).as_deref(), Some(""));
        assert_eq!(cut(&" ".repeat(MAX_LENGTH + 1)), None);
        for part in ["a;", "'", "\"", "\\", "$(", "${", "(", "<<a\n", ">", "`", "\"$(", "é", "if "] {
            _ = cut(&part.repeat(MAX_LENGTH / part.len()));
        }
    }
}
