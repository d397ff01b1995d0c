//! The order of teardown: groups of equal priority run from high to low, and the handlers of a group at the same time. A
//! handler that fails stops none of the others. The report says which one failed, and the exit code is 1.
//!
//! ```text
//! $ cargo run --example 03_order
//! shutdown plan: 4 handlers, 13 s in the worst case, grace period 20 s
//! drain                    5 s  ████████████                                    │
//! teardown, priority 20    5 s              ████████████                        │
//!   flush_metrics          2 s              ━━━━━                               │
//!   stop_workers           5 s              ━━━━━━━━━━━━                        │
//! teardown, priority 10    3 s                          ███████                 │
//!   close_cache          2.5 s                          ━━━━━━                  │
//!   close_database         3 s                          ━━━━━━━                 │
//!                               0 s                             grace period 20 s
//! fits, with 7 s to spare
//!
//! main returns: that starts the shutdown, as a signal would
//! stopping the workers, because main returned
//! closing the database `orders`
//! graceful: the shutdown was not clean
//! shutdown after main returned took 1.002 s of the 20 s grace period: exit code 1
//! teardown                     1.002 s  █████████████████████████████████████████
//!   flush_metrics   failed      182 µs  ━
//!     the collector is gone
//!   stop_workers    completed  1.001 s  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
//!   close_cache     skipped      89 µs                                          ━
//!     no 03_order::Cache was provided
//!   close_database  completed   314 µs                                          ━
//!                                       0 s                                1.002 s
//! ```

use std::io;
use std::time::Duration;

use graceful::{Deadline, Reason, Resource, on_shutdown};
use tokio::time::sleep;

/// Stands for a pool of connections.
#[derive(Clone)]
struct Database {
    name: &'static str,
}

/// Never opened here.
#[derive(Clone)]
struct Cache;

#[graceful::main(grace_period = "20s", drain_timeout = "5s")]
async fn main() {
    println!("{}\n", graceful::plan());

    graceful::provide(Database { name: "orders" });
    println!("main returns: that starts the shutdown, as a signal would");
}

#[on_shutdown(priority = 20, timeout = "5s")]
async fn stop_workers(reason: Reason, deadline: Deadline) {
    println!("stopping the workers, because {reason}");
    sleep(Duration::from_secs(1).min(deadline.remaining())).await;
}

#[on_shutdown(priority = 20, timeout = "2s")]
async fn flush_metrics() -> io::Result<()> {
    Err(io::Error::other("the collector is gone"))
}

/// Runs when both of the group before have ended. A plain function runs on a thread where it may block.
#[on_shutdown(priority = 10, timeout = "3s")]
fn close_database(Resource(database): Resource<Database>) {
    println!("closing the database `{}`", database.name);
}

/// No cache was provided: there is nothing to close, and this is skipped.
#[on_shutdown(priority = 10)]
async fn close_cache(Resource(Cache): Resource<Cache>) {
    unreachable!("no cache was provided");
}
