mod framework {
    pub use graceful as lifecycle;
    pub use graceful::{health_check, main, on_shutdown};
}

#[framework::on_shutdown(crate = crate::framework::lifecycle)]
async fn close(_: framework::lifecycle::Reason) {}

mod inner {
    #[super::framework::on_shutdown(crate = "super::framework::lifecycle")]
    fn close() {}
}

#[framework::health_check(crate = framework::lifecycle)]
fn works(_: framework::lifecycle::Deadline) -> bool {
    true
}

#[framework::main(crate = framework::lifecycle)]
async fn main() {}
