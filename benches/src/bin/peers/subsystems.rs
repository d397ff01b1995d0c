//! tokio-graceful-shutdown: it has no guards; what is in flight is a subsystem.

use std::error::Error;
use std::time::Duration;

use graceful_benches::work::{Started, TASKS, dropping, first_handler};
use tokio::sync::oneshot;
use tokio::time::sleep;
use tokio_graceful_shutdown::{SubsystemBuilder, SubsystemHandle, Toplevel};

const TIMEOUT: Duration = Duration::from_secs(30);

pub(crate) async fn run(what: &str) -> Result<(), Box<dyn Error>> {
    match what {
        "tasks" => many(TASKS, true).await,
        "last" => last().await,
        _ => many(handlers(what)?, false).await,
    }
}

pub(crate) fn handlers(what: &str) -> Result<usize, Box<dyn Error>> {
    let number = what.strip_prefix("handlers-").ok_or_else(|| format!("unknown: {what}"))?;
    Ok(number.parse()?)
}

/// For a task and for a handler alike: each waits for the shutdown, and then does what it has to do.
async fn many(subsystems: usize, wait_for_all: bool) -> Result<(), Box<dyn Error>> {
    let (tell, begun) = oneshot::channel();
    let toplevel = Toplevel::new(async move |top: &mut SubsystemHandle| {
        let all = Started::default();
        for _ in 0..subsystems {
            let started = all.clone();
            top.start(SubsystemBuilder::new("one", async move |subsystem: &mut SubsystemHandle| {
                started.one();
                subsystem.on_shutdown_requested().await;
                Ok::<(), std::io::Error>(())
            }));
        }
        if wait_for_all {
            all.all().await;
        }
        let _ = tell.send(());
    });
    let toplevel = toplevel.catch_signals();
    begun.await?;
    println!("up");
    println!("armed");
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
