//! A process whose delays are measured runs before others.

/// The nice value. A unit has it in `Nice=`.
pub const NICE: &str = "-20";

/// Lets this process run before what else the machine does. Linux compares nice values only within a session, and sessions by
/// their own value: sched(7), "The autogroup feature". Without root's rights nothing changes.
pub fn raise() {
    #[cfg(target_os = "linux")]
    {
        // It has a session already if systemd has started it.
        let _ = rustix::process::setsid();
        let _ = std::fs::write("/proc/self/autogroup", NICE);
    }
}
