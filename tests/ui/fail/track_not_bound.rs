//! Guards that are dropped at once: a call without `let`, and `let _`.

#![deny(let_underscore_drop, unused_must_use)]

fn work() -> Result<(), graceful::Draining> {
    graceful::track();
    graceful::try_track()?;
    graceful::try_track();
    let _ = graceful::track();
    let _ = graceful::try_track()?;
    Ok(())
}

fn main() {
    let _ = work();
}
