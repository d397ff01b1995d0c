//! Tracked tasks and guards of graceful: `tasks`, `drain` or `last`.

use graceful_benches::work::{GUARDS, Started, TASKS, argument, drop_all, first_handler};

#[graceful::main(plan_test = false)]
async fn main() -> Result<(), String> {
    match argument().as_str() {
        "tasks" => tasks().await,
        "drain" => drain(GUARDS),
        "last" => drain(1),
        other => return Err(format!("unknown argument: {other}")),
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
    println!("SIGTERM is safe");
    graceful::drain_started().await;
}

fn drain(guards: usize) {
    let guards = (0..guards).map(|_| graceful::try_track()).collect();
    tokio::spawn(drop_all(graceful::drain_started(), guards));
    graceful::request_shutdown();
}

#[graceful::on_shutdown]
async fn first() {
    first_handler();
}
