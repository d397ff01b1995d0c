struct Workers;

#[graceful::on_shutdown(after = Workers)]
async fn close() {}

#[graceful::main]
async fn main() {
    let _ = Workers;
}
