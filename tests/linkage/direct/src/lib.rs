//! Named by `use linkage_direct as _;` alone. Its documentation, and nothing else, names
//! [a crate](linkage_documented::mentioned).

use linkage_transitive as _;

mod private {
    #[graceful::on_shutdown]
    async fn close() -> Result<(), std::io::Error> {
        println!("linkage_direct::private::close");
        Ok(())
    }

    #[graceful::on_shutdown(name = "the \"proxy\"\n", priority = -7, timeout = "1.5s", phase = "drain")]
    fn drain() {
        println!("linkage_direct::private::drain");
    }
}
