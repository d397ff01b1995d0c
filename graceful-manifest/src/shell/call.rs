//! Command lines: the program that they run, and whether it is a shell.

/// A command line without wrappers such as `env` and `tini`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Call<'w, 't> {
    /// The init process, which stays process 1.
    pub(crate) init: Option<Init<'t>>,
    /// The program and its arguments.
    pub(crate) words: &'w [&'t str],
}

/// An init process, which passes signals on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Init<'t> {
    pub(crate) program: &'t str,
    /// The signal goes to all processes of the program's group, not to the program only.
    pub(crate) signals_group: bool,
}

impl<'t> Init<'t> {
    fn new(program: &'t str, options: &[&str]) -> Self {
        let has = |short: char, long: &str| {
            let is_it = |option: &&str| {
                option.strip_prefix('-').is_some_and(|letters| letters.starts_with(short)) || *option == long
            };
            options.iter().any(is_it)
        };
        let signals_group = match base(program) {
            "dumb-init" => !has('c', "--single-child"),
            "tini" | "tini-static" | "docker-init" => has('g', "-g"),
            _ => false,
        };
        Self { program, signals_group }
    }
}

impl<'w, 't> Call<'w, 't> {
    pub(crate) fn new(mut words: &'w [&'t str]) -> Self {
        let mut init = None;
        while let [program, rest @ ..] = words {
            words = match base(program) {
                "env" => after_assignments(after_options(rest, &["-u", "--unset", "-C", "--chdir"])),
                "busybox" => rest,
                "tini" | "tini-static" | "docker-init" | "dumb-init" | "catatonit" => {
                    let after = after_options(rest, &["-p", "-e", "-r", "--rewrite"]);
                    init = Some(Init::new(program, &rest[..rest.len() - after.len()]));
                    after
                }
                _ => break,
            };
        }
        Self { init, words }
    }
}

/// A shell that runs a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shell<'t> {
    /// The name of the shell, or of a script that is run by its name.
    pub(crate) program: &'t str,
    /// The script. `None` if it is in a file.
    pub(crate) script: Option<&'t str>,
}

impl<'t> Shell<'t> {
    pub(crate) fn of(words: &[&'t str]) -> Option<Self> {
        let (&program, mut rest) = words.split_first()?;
        if is_script(program) {
            return Some(Self { program, script: None });
        }
        if !matches!(base(program), "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh") {
            return None;
        }
        let mut is_given = false;
        while let [option, more @ ..] = rest {
            let values = match *option {
                "-" | "--" => {
                    rest = more;
                    break;
                }
                "--rcfile" | "--init-file" => 1,
                option if option.starts_with("--") => 0,
                // `-c`, `-ec`, `-euo pipefail -c`: the script comes after all options and the names of `-o`.
                option if option.starts_with(['-', '+']) => {
                    is_given |= option.starts_with('-') && option.contains('c');
                    option.matches(['o', 'O']).count()
                }
                _ => break,
            };
            rest = more.get(values..).unwrap_or_default();
        }
        Some(Self { program, script: rest.first().copied().filter(|_| is_given) })
    }

    /// Whether the program is the script itself, whose first line names the shell.
    pub(crate) fn is_script(self) -> bool {
        is_script(self.program)
    }
}

fn is_script(program: &str) -> bool {
    program.ends_with(".sh")
}

/// The program's name without its folder.
pub(crate) fn base(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

/// The words after the options, some of which have a value.
pub(super) fn after_options<'w, 't>(mut words: &'w [&'t str], with_value: &[&str]) -> &'w [&'t str] {
    while let [option, rest @ ..] = words {
        words = match *option {
            "--" => return rest,
            option if with_value.contains(&option) => rest.get(1..).unwrap_or_default(),
            option if option.starts_with('-') => rest,
            _ => break,
        };
    }
    words
}

fn after_assignments<'w, 't>(words: &'w [&'t str]) -> &'w [&'t str] {
    let first = words.iter().position(|word| !word.contains('=')).unwrap_or(words.len());
    &words[first..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell<'t>(words: &[&'t str]) -> Option<(&'t str, Option<&'t str>)> {
        Shell::of(Call::new(words).words).map(|shell| (shell.program, shell.script))
    }

    #[test]
    fn shells_and_their_scripts() {
        for words in [
            &["sh", "-c", "a"][..],
            &["sh", "-c", "a", "name", "-c", "b"],
            &["sh", "-e", "-c", "a"],
            &["sh", "-c", "-e", "a"],
            &["sh", "-ec", "--", "a"],
            &["sh", "-euo", "pipefail", "-c", "a"],
            &["sh", "-o", "errexit", "+x", "-c", "a"],
            &["sh", "-oc", "pipefail", "a"],
            &["sh", "--login", "--rcfile", "/dev/null", "-c", "a"],
            &["/usr/bin/env", "sh", "-c", "a"],
            &["env", "-i", "-u", "HOME", "A=1", "B=", "sh", "-c", "a"],
            &["busybox", "sh", "-c", "a"],
            &["/sbin/tini", "-g", "-e", "143", "--", "env", "sh", "-c", "a"],
            &["dumb-init", "--rewrite", "15:2", "sh", "-c", "a"],
        ] {
            assert_eq!(shell(words), Some(("sh", Some("a"))), "{words:?}");
        }
        for words in [
            &["sh", "a"][..],
            &["sh", "-e", "a", "-c", "b"],
            &["sh", "-", "-c", "a"],
            &["sh", "+c", "a"],
            &["sh", "-c"],
            &["sh", "-o"],
            &["sh"],
        ] {
            assert_eq!(shell(words), Some(("sh", None)), "{words:?}");
        }
        assert_eq!(shell(&["tini", "/app/start.sh", "-c", "a"]), Some(("/app/start.sh", None)));
    }

    #[test]
    fn what_is_none() {
        for words in [
            &[][..],
            &["/app/api", "sh", "-c", "a"],
            &["env"],
            &["env", "A=1"],
            &["env", "-u"],
            &["tini", "--", "/app/api"],
            &["/sh/api"],
        ] {
            assert_eq!(shell(words), None, "{words:?}");
        }
        let init = Init { program: "tini", signals_group: false };
        assert_eq!(Call::new(&["tini", "--", "a"]), Call { init: Some(init), words: &["a"] });
    }
}
