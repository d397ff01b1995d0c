use graceful::on_shutdown;

#[on_shutdown]
async fn without_arguments() {}

#[on_shutdown()]
async fn empty_arguments() {}

#[graceful::on_shutdown(priority = 1,)]
#[rustfmt::skip]
fn trailing_comma() {}

#[::graceful::on_shutdown(crate = ::graceful)]
pub async fn public() {}

#[graceful::main]
async fn main() {
    // Still functions, as they were.
    without_arguments().await;
    empty_arguments().await;
    trailing_comma();
    public().await;
}
