//! The service runs on a thread, without signals, and another thread ends it.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;
use std::{io, thread};

use graceful::Config;
use tokio::time::sleep;

pub(crate) fn main() -> Result<ExitCode, Box<dyn Error>> {
    let service = thread::spawn(|| Config::new().signals([]).run(counter()));
    io::stdin().read_line(&mut String::new())?;
    graceful::request_shutdown();
    let code = service.join().expect("the service does not panic")?;
    println!("shutdown finished");
    Ok(code)
}

async fn counter() {
    let mut count = 0;
    while graceful::until_drain(sleep(Duration::from_millis(5))).await.is_some() {
        count += 1;
        println!("count: {count}");
    }
    println!("counter stopped");
}
