use graceful::health_check;

#[health_check]
async unsafe fn database() -> bool {
    true
}

fn main() {}
