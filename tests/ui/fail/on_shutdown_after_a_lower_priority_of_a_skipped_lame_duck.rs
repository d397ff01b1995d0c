use graceful::on_shutdown;

#[on_shutdown(phase = "lame_duck", priority = -1)]
async fn deregister() {}

#[on_shutdown(phase = "drain", priority = 0, after = deregister)]
async fn stop_scheduler() {}

#[graceful::main]
async fn main() {}
