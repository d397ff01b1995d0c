//! Named by `use linkage_direct as _;` alone. Its documentation, and nothing else, names
//! [a crate](linkage_documented::mentioned).

use linkage_transitive as _;

mod private {
    use std::time::Duration;

    const LAST: i32 = -8;
    const TIMEOUT: Duration = Duration::from_millis(1_500);

    #[graceful::on_shutdown(after = linkage_transitive::close)]
    async fn close() -> Result<(), std::io::Error> {
        println!("linkage_direct::private::close");
        Ok(())
    }

    #[graceful::on_shutdown(name = "the \"proxy\"\n", priority = LAST + 1, timeout = self::TIMEOUT, phase = "drain")]
    fn drain() {
        println!("linkage_direct::private::drain");
    }
    #[graceful::health_check(name = "the \"proxy\"\n", timeout = "1.5s")]
    async fn works(_: Option<graceful::Resource<u8>>, _: graceful::Deadline) -> Result<graceful::Health, String> {
        println!("linkage_direct::private::works");
        Ok(graceful::Health::Healthy)
    }
}
