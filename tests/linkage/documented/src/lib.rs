//! Edition 2015.

extern crate graceful;

/// Named in the documentation of another crate.
pub fn mentioned() {}

#[graceful::on_shutdown]
fn close() -> Result<(), String> {
    println!("linkage_documented::close");
    Ok(())
}

#[graceful::on_shutdown(after = ::close)]
fn leave() {
    println!("linkage_documented::leave");
}

#[graceful::health_check]
fn works() -> Result<(), String> {
    println!("linkage_documented::works");
    Ok(())
}
