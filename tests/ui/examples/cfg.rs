use graceful::on_shutdown;

#[cfg(windows)]
#[on_shutdown(priority = "not looked at")]
async fn above() {}

#[on_shutdown]
#[cfg(not(any()))]
async fn below() {}

#[on_shutdown]
#[cfg(any())]
async fn gone(_: NoSuchType) {}

#[cfg_attr(all(), on_shutdown(priority = 3))]
#[cfg_attr(all(), doc = "Documented.", allow(dead_code))]
async fn conditional_attribute() {}

#[graceful::main]
async fn main() {
    below().await;
}
