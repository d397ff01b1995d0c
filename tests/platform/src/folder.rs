//! A folder for one test.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, process};

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// A name that nobody else uses meanwhile.
#[must_use]
pub fn unique() -> String {
    format!("graceful-platform-{}-{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// A folder that is removed with all that is in it.
pub struct Folder(PathBuf);

impl Folder {
    /// An empty one.
    ///
    /// # Panics
    ///
    /// When it can't be made.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "it is not a value, but a folder")]
    pub fn new() -> Self {
        let path = env::temp_dir().join(unique());
        fs::create_dir(&path).expect("a folder");
        Self(path)
    }

    /// The path of something in it.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl AsRef<Path> for Folder {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
