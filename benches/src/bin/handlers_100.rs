//! A program with a hundred linked handlers, made by macros.

#[macro_use]
#[path = "../ten.rs"]
mod ten;

ten! { ten! { #[graceful::on_shutdown] async fn close() {} } }

#[graceful::main(plan_test = false)]
async fn main() {
    println!("up");
    println!("armed");
    graceful::shutdown_requested().await;
}
