//! Listens to the signals that its first argument says.

use graceful_process_tests::inside::{say, scenario};

fn main() {
    match &*scenario() {
        "default" => default::main(),
        "hangup" => hangup::main(),
        other => panic!("no scenario `{other}`"),
    }
}

async fn body() {
    say("main");
    let reason = graceful::shutdown_requested().await;
    say(reason);
}

#[graceful::on_shutdown]
async fn handler() {
    say("handler");
}

mod default {
    #[graceful::main(plan_test = false)]
    pub(super) async fn main() {
        super::body().await;
    }
}

mod hangup {
    #[graceful::main(signals = [SIGTERM, SIGHUP], plan_test = false)]
    pub(super) async fn main() {
        super::body().await;
    }
}
