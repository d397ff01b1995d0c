//! A thread of its own for what may block.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

type Words = Box<dyn FnOnce() + Send>;

/// One thread that says things in order. It starts with the first of them.
pub(crate) struct Mouth {
    name: &'static str,
    sender: OnceLock<Option<Sender<Words>>>,
}

impl Mouth {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self { name, sender: OnceLock::new() }
    }

    pub(crate) fn say(&self, words: impl FnOnce() + Send + 'static) {
        if let Some(sender) = self.sender.get_or_init(|| self.start()) {
            let _ = sender.send(Box::new(words));
        }
    }

    /// `None` when the system has no thread left: then this mouth is silent, and the shutdown goes on.
    fn start(&self) -> Option<Sender<Words>> {
        let (sender, words) = mpsc::channel::<Words>();
        let speak = move || {
            for words in words {
                let _ = catch_unwind(AssertUnwindSafe(words));
            }
        };
        thread::Builder::new().name(self.name.to_owned()).spawn(speak).ok().map(|_| sender)
    }

    /// Whether all that was to be said is said, within `patience`.
    pub(crate) async fn finished(&self, patience: Duration) -> bool {
        if !matches!(self.sender.get(), Some(Some(_))) {
            return true;
        }
        let (said, heard) = oneshot::channel();
        self.say(move || {
            let _ = said.send(());
        });
        timeout(patience, heard).await.is_ok()
    }
}
