//! A shared library, which holds the runtime, and handlers of its own.

pub use graceful;

#[graceful::on_shutdown]
async fn close() {
    println!("linkage_shared::close");
}
