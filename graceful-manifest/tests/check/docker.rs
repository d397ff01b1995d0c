//! A model of `docker stop`, as far as it ends a container: signal, wait, SIGKILL. Compose and ECS stop containers so.

use std::time::Duration;

use graceful_manifest::Program;

/// The time that Docker and the machine may take between signal and SIGKILL.
const OVERHEAD: Duration = Duration::from_millis(900);

#[derive(Debug, PartialEq)]
pub(crate) enum End {
    ByItself,
    Killed,
}

/// A container that runs the program.
#[derive(Debug)]
pub(crate) struct Container {
    /// `None`: Docker waits for ever.
    pub(crate) granted: Option<Duration>,
    pub(crate) signal: String,
    /// What is executed, without an init process.
    pub(crate) words: Vec<String>,
}

impl Container {
    /// Stops the container. The program takes this long after the signal.
    pub(crate) fn stop(&self, program: &Program, takes: Duration) -> End {
        if !self.passes_signal_on() || !program.signals.contains(&self.signal) {
            return End::Killed;
        }
        match self.granted {
            Some(granted) if takes + OVERHEAD >= granted => End::Killed,
            _ => End::ByItself,
        }
    }

    /// Whether the signal reaches the program. These tests write a script's commands one after another, and know the
    /// programs `/api` and `sh`. What comes before is an init process.
    fn passes_signal_on(&self) -> bool {
        let words: Vec<_> =
            self.words.iter().map(|word| &**word).skip_while(|word| !["sh", "/api"].contains(word)).collect();
        match words[..] {
            ["sh", "-c", script, ..] => script.split("; ").last().is_some_and(|last| last.starts_with("exec ")),
            ["sh", ..] => false,
            _ => true,
        }
    }
}
