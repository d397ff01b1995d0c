//! What a program under test waits for until it is told to continue.

use std::sync::{Condvar, Mutex};

/// What is not released yet.
static HELD: (Mutex<Vec<String>>, Condvar) = (Mutex::new(Vec::new()), Condvar::new());

/// From now on [`wait`] blocks for this.
///
/// # Panics
///
/// Never: nothing panics under the lock.
pub fn hold(what: &str) {
    HELD.0.lock().expect("no panic").push(what.to_owned());
}

/// Ends all waits for this.
///
/// # Panics
///
/// Never: nothing panics under the lock.
pub fn release(what: &str) {
    HELD.0.lock().expect("no panic").retain(|held| held != what);
    HELD.1.notify_all();
}

/// Blocks until nobody holds this.
///
/// # Panics
///
/// Never: nothing panics under the lock.
pub fn wait(what: &str) {
    let held = HELD.0.lock().expect("no panic");
    drop(HELD.1.wait_while(held, |held| held.iter().any(|held| held == what)).expect("no panic"));
}
