//! The right to make namespaces and to mount.

use std::process::{Command, Stdio};

use rustix::process::geteuid;

/// How a command gets root's rights.
#[derive(Clone, Copy)]
pub(crate) enum Privilege {
    /// This process has them.
    Root,
    /// sudo asks for no password.
    Sudo,
}

impl Privilege {
    /// `None` without any.
    pub(crate) fn find() -> Option<Self> {
        if geteuid().is_root() {
            return Some(Self::Root);
        }
        let sudo = Command::new("sudo").args(["-n", "true"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
        sudo.is_ok_and(|status| status.success()).then_some(Self::Sudo)
    }

    pub(crate) fn command(self, program: &str) -> Command {
        match self {
            Self::Root => Command::new(program),
            Self::Sudo => {
                let mut command = Command::new("sudo");
                command.args(["-n", "--", program]);
                command
            }
        }
    }
}
