//! Parts with arguments.

use std::time::Duration;

use tokio::time::sleep;

struct Part {
    name: &'static str,
    argument: u32,
}

impl Part {
    async fn run(self) {
        let Self { name, argument } = self;
        println!("{name} started with {argument}");
        graceful::drain_started().await;
        println!("{name} stopping");
        sleep(Duration::from_millis(20)).await;
        println!("{name} stopped");
    }
}

#[graceful::main]
pub(crate) async fn main() {
    graceful::spawn_critical("one", Part { name: "one", argument: 42 }.run());
    graceful::spawn_critical("two", Part { name: "two", argument: 69 }.run());
    graceful::drain_started().await;
}
