//! How a script ends: a program replaces the shell, or the shell stays.

use std::mem;

use super::call::{Call, Shell, after_options};
use super::script::{Command, End, Word, commands};

/// The end of a script.
///
/// Nothing says which of the commands is the program. The last one is assumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ending {
    /// The shell waits for the program.
    Stays,
    /// The shell becomes another shell, or the script cannot be read.
    Unknown,
    /// The shell becomes the program.
    Becomes,
}

impl Ending {
    pub(crate) fn of(script: &str) -> Self {
        let Some(commands) = commands(script) else { return Self::Unknown };
        let mut walk = Walk::default();
        for command in &commands {
            walk.pass(command);
        }
        walk.branch.last.unwrap_or(Self::Stays)
    }
}

/// A sequence of commands: a script, or a branch of one.
#[derive(Debug, Default)]
struct Branch {
    /// The ending of the last command.
    last: Option<Ending>,
    /// The following commands are not reached.
    is_gone: bool,
}

#[derive(Debug)]
enum Block {
    /// `if` and `case`. The worst branch counts.
    Fork(Option<Ending>),
    /// A loop, a group or a function, which may run never or several times.
    Body,
    /// In parentheses.
    Subshell,
}

#[derive(Debug, Default)]
struct Walk {
    branch: Branch,
    /// The blocks around this command, each with the branch that the block is part of.
    around: Vec<(Block, Branch)>,
    /// The sequence before this command.
    before: End,
}

impl Walk {
    fn pass(&mut self, command: &Command<'_>) {
        let words = self.reserved(&command.words);
        let is_in_shell = self.before != End::Pipe && !matches!(command.end, End::Pipe | End::Background);
        if !words.is_empty() && !self.branch.is_gone {
            let ending = if is_in_shell { ending(words) } else { Ending::Stays };
            let is_certain = !matches!(self.before, End::And | End::Or);
            self.branch = Branch { last: Some(ending), is_gone: is_certain && ending > Ending::Stays };
        } else if !is_in_shell && !self.branch.is_gone {
            // The block as a whole.
            self.branch.last = Some(Ending::Stays);
        }
        match command.end {
            End::Open => self.open(Block::Subshell),
            End::Close if matches!(self.around.last(), Some((Block::Subshell, _))) => self.close(),
            // The command was a pattern of `case`.
            End::Close => self.branch = Branch::default(),
            End::Branch => self.next_branch(),
            _ => {}
        }
        self.before = command.end;
    }

    /// Follows the reserved words at the beginning of a command. Returns the rest.
    fn reserved<'w, 's>(&mut self, mut words: &'w [Word<'s>]) -> &'w [Word<'s>] {
        while let [word, rest @ ..] = words {
            match word.raw {
                "if" => self.open(Block::Fork(None)),
                "while" | "until" | "{" => self.open(Block::Body),
                // The commands before were the condition.
                "then" | "do" => self.branch = Branch::default(),
                "elif" | "else" => self.next_branch(),
                "function" => {
                    words = rest.get(1..).unwrap_or_default();
                    continue;
                }
                // The rest of the line is not a command.
                "case" => {
                    self.open(Block::Fork(None));
                    return &[];
                }
                "for" | "select" => {
                    self.open(Block::Body);
                    return &[];
                }
                "fi" | "esac" | "done" | "}" => {
                    self.close();
                    return &[];
                }
                _ => return words,
            }
            words = rest;
        }
        words
    }

    fn open(&mut self, block: Block) {
        self.around.push((block, mem::take(&mut self.branch)));
    }

    fn next_branch(&mut self) {
        let last = mem::take(&mut self.branch).last;
        if let Some((Block::Fork(worst), _)) = self.around.last_mut() {
            // An empty branch has no ending.
            *worst = [*worst, last].into_iter().flatten().min();
        }
    }

    fn close(&mut self) {
        self.next_branch();
        let Some((block, outer)) = self.around.pop() else { return };
        self.branch = outer;
        if !self.branch.is_gone {
            self.branch.last = Some(if let Block::Fork(Some(worst)) = block { worst } else { Ending::Stays });
        }
    }
}

/// The ending of a single command.
fn ending(words: &[Word<'_>]) -> Ending {
    let words: Vec<_> = words
        .iter()
        .skip_while(|word| is_assignment(word.raw))
        .map(|word| word.text.as_deref().unwrap_or(word.raw))
        .collect();
    let ["exec", rest @ ..] = &words[..] else { return Ending::Stays };
    let program = after_options(rest, &["-a"]);
    match Shell::of(Call::new(program).words) {
        // `exec` with redirections only, which apply to the commands after it.
        None if program.is_empty() => Ending::Stays,
        None => Ending::Becomes,
        Some(_) => Ending::Unknown,
    }
}

/// Whether the word is an assignment before a command, as in `A=1 command`.
fn is_assignment(word: &str) -> bool {
    let is_name = |name: &str| {
        name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !name.starts_with(|c: char| c.is_ascii_digit())
    };
    word.split_once('=').is_some_and(|(name, _)| !name.is_empty() && is_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shell_becomes_the_program() {
        for script in [
            "exec app",
            "exec app;",
            "exec app > /dev/stdout 2>&1",
            "exec app &> log",
            "exec app > >(tee log)",
            "exec app \\\n  --url \"http://x/?a=1&b=2\" \\\n  --name 'a; b' # for now\n",
            "set -e\n. /env\nA=1 B=\"2 3\" exec -a name -- app",
            "migrate && exec app",
            "[ -f /off ] || exec app",
            "exec \"$@\"",
            "exec \"$(which app)\" \"$@\"",
            "exec 2> log; exec app",
            "exec tini -- app",
            "until nc -z db 5432; do sleep 1; done; exec app",
            "migrate || { echo no; exit 1; }; exec app",
            "exec app || echo no",
            "exec app\necho no",
            "if [ \"$A\" ]; then exec app a; else exec app; fi",
            "if a; then\n  exec app a\nelif b; then exec app b; fi\n",
            "case \"$1\" in a|b) exec app a ;; (*) B=1; exec app; esac",
            "cat > a <<E\nit's; app\nE\nexec app",
        ] {
            assert_eq!(Ending::of(script), Ending::Becomes, "{script:?}");
        }
    }

    #[test]
    fn the_shell_stays() {
        for script in [
            "",
            "app",
            "migrate; app",
            "exec app &",
            "exec app & wait",
            "exec app | tee log",
            "log | exec app",
            "(exec app)",
            "echo 'exec app'; app",
            "app # exec app",
            "app ';' exec app",
            "app \\\n exec app",
            "'exec app'",
            "exec 2> log",
            "exec > log; app",
            "[ -f /debug ] && exec debug; app",
            "if a; then exec b; fi; app",
            "if a; then exec b; else app; fi",
            "if exec app | a; then b; fi",
            "case a in a) exec app ;; *) app ;; esac",
            "while a; do exec app; done",
            "run() { exec app; }\nrun",
            "function run { exec app; }; run",
            "if a; then exec app; fi | tee log",
            "cat <<E\nexec app\nE\n",
        ] {
            assert_eq!(Ending::of(script), Ending::Stays, "{script:?}");
        }
    }

    #[test]
    fn it_cannot_be_read() {
        for script in ["exec sh -c app", "exec /app/start.sh", "exec env A=1 bash run", "exec app '", "exec \"app"] {
            assert_eq!(Ending::of(script), Ending::Unknown, "{script:?}");
        }
    }

    #[test]
    fn nonsense_is_survived() {
        for part in
            ["if ", "fi;", "esac ", "(", ")", ";;", "{ ", "} ", "function ", "case ", "exec ", "then ", "&& ", "a) "]
        {
            for count in [1, 2, 3_000] {
                let _ = Ending::of(&part.repeat(count));
            }
        }
    }
}
