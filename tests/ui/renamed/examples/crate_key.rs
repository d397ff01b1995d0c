//! The key `crate` says where the library is.

#[bye::on_shutdown(crate = bye)]
async fn close() {}

#[bye::health_check(crate = "bye")]
async fn works() -> bool {
    true
}

#[bye::main(crate = ::bye)]
async fn main() {}
