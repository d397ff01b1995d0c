mod workers {
    #[graceful::on_shutdown]
    async fn stop() {}
}

#[graceful::on_shutdown(after = workers::stop)]
async fn close() {}

#[graceful::main]
async fn main() {}
