#[graceful::on_shutdown]
async fn close() {
    println!("linkage_app::private::close");
}

#[graceful::health_check]
async fn works() -> bool {
    println!("linkage_app::private::works");
    true
}

mod nested {
    // The same body in another place may become the same function.
    #[graceful::on_shutdown]
    async fn close() {
        println!("linkage_app::private::nested::close");
    }

    #[graceful::on_shutdown]
    async fn r#type() {
        println!("linkage_app::private::nested::r#type");
    }
}
