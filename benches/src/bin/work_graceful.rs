//! What `cargo bench --bench table` measures of graceful: `work_graceful tasks`, `drain`, or `last`.

use graceful_benches::work::{GUARDS, Started, TASKS, drop_all, first_handler};

#[graceful::main(plan_test = false)]
async fn main() -> Result<(), String> {
    match std::env::args().nth(1).as_deref() {
        Some("tasks") => tasks().await,
        Some("drain") => drain(GUARDS),
        Some("last") => drain(1),
        what => return Err(format!("unknown: {what:?}")),
    }
    Ok(())
}

async fn tasks() {
    let all = Started::default();
    for _ in 0..TASKS {
        let started = all.clone();
        graceful::spawn(async move {
            started.one();
            graceful::drain_started().await;
        });
    }
    all.all().await;
    println!("up");
    println!("armed");
    graceful::drain_started().await;
}

fn drain(guards: usize) {
    let guards = (0..guards).map(|_| graceful::try_track()).collect();
    tokio::spawn(drop_all(graceful::drain_started(), guards));
    graceful::request_shutdown();
}

#[graceful::on_shutdown]
async fn first() {
    // Not measured with the tasks, whose end is that of the process.
    if std::env::args().nth(1).as_deref() != Some("tasks") {
        first_handler();
    }
}
