//! Subsystems of tokio-graceful-shutdown, which has no guards: a subsystem is both a tracked task and a handler. The
//! argument is `tasks`, `last` or `handlers-N`.

use std::error::Error;
use std::time::Duration;

use graceful_benches::work::{Started, TASKS, argument, dropping, first_handler};
use tokio::sync::oneshot;
use tokio::time::sleep;
use tokio_graceful_shutdown::{SubsystemBuilder, SubsystemHandle, Toplevel};

const TIMEOUT: Duration = Duration::from_secs(30);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    match argument().as_str() {
        "tasks" => many(TASKS, true).await,
        "last" => last().await,
        other => {
            let number = other.strip_prefix("handlers-").ok_or_else(|| format!("unknown argument: {other}"))?;
            many(number.parse()?, false).await
        }
    }
}

async fn many(subsystems: usize, wait_for_all: bool) -> Result<(), Box<dyn Error>> {
    let (tell, begun) = oneshot::channel();
    let toplevel = Toplevel::new(async move |top: &mut SubsystemHandle| {
        let all = wait_for_all.then(Started::default);
        for _ in 0..subsystems {
            let started = all.clone();
            top.start(SubsystemBuilder::new("one", async move |subsystem: &mut SubsystemHandle| {
                if let Some(started) = started {
                    started.one();
                }
                subsystem.on_shutdown_requested().await;
                Ok::<(), std::io::Error>(())
            }));
        }
        if let Some(all) = all {
            all.all().await;
        }
        let _ = tell.send(());
    });
    let toplevel = toplevel.catch_signals();
    begun.await?;
    println!("SIGTERM is safe");
    Ok(toplevel.handle_shutdown_requests(TIMEOUT).await?)
}

async fn last() -> Result<(), Box<dyn Error>> {
    let toplevel = Toplevel::new(async |top: &mut SubsystemHandle| {
        top.start(SubsystemBuilder::new("last", async |subsystem: &mut SubsystemHandle| {
            subsystem.on_shutdown_requested().await;
            sleep(Duration::from_millis(2)).await;
            dropping();
            Ok::<(), std::io::Error>(())
        }));
        top.request_shutdown();
    });
    toplevel.handle_shutdown_requests(TIMEOUT).await?;
    first_handler();
    Ok(())
}
