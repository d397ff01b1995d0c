#[graceful::test(worker_threads = 2, start_pause = true)]
async fn ends() {}

fn main() {}
