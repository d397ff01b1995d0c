//! A program with a hundred handlers of one priority.

#[macro_use]
#[path = "../ten.rs"]
mod ten;

ten! { ten! { #[graceful::on_shutdown] async fn close() {} } }

#[graceful::main(plan_test = false)]
async fn main() {
    println!("SIGTERM is safe");
    graceful::shutdown_requested().await;
}
