use graceful::{health_check, on_shutdown};

#[on_shutdown]
#[health_check]
async fn database() -> bool {
    true
}

fn main() {}
