//! A program with ten thousand handlers of one priority. With the argument `plan` it prints how many seconds a plan takes,
//! several times.

use std::hint::black_box;
use std::time::Instant;

#[macro_use]
#[path = "../ten.rs"]
mod ten;

#[cfg(not(clippy))]
ten! { ten! { ten! { ten! { #[graceful::on_shutdown] async fn close() {} } } } }
// All are alike, and clippy would take two minutes for ten thousand.
#[cfg(clippy)]
ten! { #[graceful::on_shutdown] async fn close() {} }

#[graceful::main(plan_test = false)]
async fn main() {
    if std::env::args().nth(1).as_deref() == Some("plan") {
        return plan();
    }
    println!("SIGTERM is safe");
    graceful::shutdown_requested().await;
}

fn plan() {
    for _ in 0..51 {
        let begin = Instant::now();
        let plan = black_box(graceful::plan());
        println!("{} {}", plan.handlers().len(), begin.elapsed().as_secs_f64());
    }
    // The handlers need not run.
    std::process::exit(0);
}
