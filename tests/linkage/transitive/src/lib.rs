//! The program doesn't know that this crate exists.

#[graceful::on_shutdown]
pub async fn close(_: Option<graceful::Resource<u8>>, _: graceful::Reason) {
    println!("linkage_transitive::close");
}

mod deep {
    pub mod er {
        #[graceful::on_shutdown]
        async fn close() {
            println!("linkage_transitive::deep::er::close");
        }

        #[inline(always)]
        #[graceful::on_shutdown]
        pub fn inline() {
            println!("linkage_transitive::deep::er::inline");
        }

        #[graceful::health_check]
        fn works() -> graceful::Health {
            println!("linkage_transitive::deep::er::works");
            graceful::Health::Degraded(String::new())
        }
    }
}
