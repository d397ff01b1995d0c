use graceful::on_shutdown;

#[on_shutdown(prio = 10, timeout = 5, name = "", phase = "drian")]
const unsafe fn close<T>() {}

fn main() {}
