//! Every key of the feature `probes`.

#[graceful::main(probes = "127.0.0.1:0", heartbeat_timeout = "500ms", health_cache = "0s")]
async fn main() {}
