mod workers {
    #[graceful::on_shutdown(priority = 10, after = crate::close_database)]
    pub async fn stop() {}
}

#[graceful::on_shutdown(priority = 10, after = workers::stop)]
async fn close_database() {}

#[graceful::main]
async fn main() {}
