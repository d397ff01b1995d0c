//! Its runtime is in a shared library.

use linkage_shared::graceful;

#[graceful::main(crate = linkage_shared::graceful)]
async fn main() {}

#[graceful::on_shutdown(crate = linkage_shared::graceful)]
async fn close() {
    println!("linkage_shared_app::close");
}
