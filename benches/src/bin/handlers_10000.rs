//! A program with ten thousand linked handlers, made by macros. `plan` has it print how many microseconds it takes to plan
//! with them, several times.

use std::hint::black_box;
use std::time::Instant;

#[macro_use]
#[path = "../ten.rs"]
mod ten;

#[cfg(not(clippy))]
ten! { ten! { ten! { ten! { #[graceful::on_shutdown] async fn close() {} } } } }
// All are alike, and clippy takes two minutes for all of them.
#[cfg(clippy)]
ten! { #[graceful::on_shutdown] async fn close() {} }

#[graceful::main(plan_test = false)]
async fn main() {
    if std::env::args().nth(1).as_deref() == Some("plan") {
        return plan();
    }
    println!("up");
    println!("armed");
    graceful::shutdown_requested().await;
}

fn plan() {
    for _ in 0..51 {
        let begin = Instant::now();
        let plan = black_box(graceful::plan());
        println!("{} {:.1}", plan.handlers().len(), begin.elapsed().as_secs_f64() * 1e6);
    }
    // What is measured is over: ten thousand handlers need not run.
    std::process::exit(0);
}
