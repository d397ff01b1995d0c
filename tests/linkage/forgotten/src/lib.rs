//! In the program's Cargo.toml, but nowhere in its source: rustc doesn't even open it. `use linkage_forgotten as _;`
//! would help.

#[graceful::on_shutdown]
async fn close() {
    println!("linkage_forgotten::close");
}
