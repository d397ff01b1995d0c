//! A runtime for what comes before main starts, or where graceful doesn't run main.

use std::sync::LazyLock;

use tokio::runtime::{Builder, Handle, Runtime};

/// The current runtime; outside of one, main's; before main starts, one that is started for it.
pub(crate) fn runtime(app: Option<&Handle>) -> Handle {
    Handle::try_current().ok().or_else(|| app.cloned()).unwrap_or_else(|| EARLY.handle().clone())
}

#[cfg_attr(not(test), expect(clippy::expect_used, reason = "who spawns outside of any runtime has been told"))]
static EARLY: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("graceful-early")
        .enable_all()
        .build()
        .expect("a runtime for tasks outside of any")
});
