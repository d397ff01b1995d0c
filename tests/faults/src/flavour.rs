//! The application's runtime.

use crate::dimension::dimension;

dimension! {
    /// The application's runtime. With a plain main the fault strikes in the plain handlers, otherwise in the asynchronous
    /// ones.
    Flavour {
        /// Two workers.
        Multi2: "multi-2",
        /// One worker, beside main's thread.
        Multi1: "multi-1",
        /// Main's thread alone.
        Current: "current",
        /// A plain `fn main`, beside two workers.
        Plain: "plain",
    }
}
