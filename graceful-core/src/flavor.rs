//! The flavors of the application's runtime.

/// The runtime's flavor, as `#[tokio::main]` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Flavor {
    /// Several worker threads.
    #[default]
    MultiThread,
    /// Everything on main's thread.
    CurrentThread,
    /// The same, for tasks that are not `Send`.
    Local,
}

impl Flavor {
    /// All flavors.
    pub const ALL: [Self; 3] = [Self::MultiThread, Self::CurrentThread, Self::Local];

    /// Its name in the attribute.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::MultiThread => "multi_thread",
            Self::CurrentThread => "current_thread",
            Self::Local => "local",
        }
    }
}
