use graceful::on_shutdown;

#[on_shutdown(priority = 10, timeout = "1m 30s", name = "the \"database\" 🦀\n", phase = "teardown")]
async fn close() {}

#[on_shutdown(phase = "drain", priority = -2147483648)]
async fn leave() {}

#[on_shutdown(phase = "flush", timeout = "2s")]
fn send() {}

#[on_shutdown(priority = 2_147_483_647, timeout = "1.5s")]
fn first() {}

#[on_shutdown(priority = 0x10, timeout = r"1000ms", name = r#"raw"#)]
fn r#type() {}

const LAST: i32 = -1_000;

mod limits {
    pub(crate) const CLOSE: std::time::Duration = std::time::Duration::from_millis(2);
}

#[on_shutdown(priority = LAST, timeout = limits::CLOSE)]
fn last() {}

#[on_shutdown(priority = LAST + 1, timeout = self::limits::CLOSE)]
async fn last_but_one() {}

#[graceful::main(plan_test = false)]
async fn main() {}
