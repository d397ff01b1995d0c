#[graceful::on_shutdown]
async fn close() {
    println!("linkage_app::private::close");
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
