mod framework {
    pub use graceful as lifecycle;
    pub use graceful::{main, on_shutdown};
}

#[framework::on_shutdown(crate = crate::framework::lifecycle)]
async fn close(_: framework::lifecycle::Reason) {}

mod inner {
    #[super::framework::on_shutdown(crate = "super::framework::lifecycle")]
    fn close() {}
}

#[framework::main(crate = framework::lifecycle)]
async fn main() {}
