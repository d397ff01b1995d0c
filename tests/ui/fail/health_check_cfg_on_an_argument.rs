use graceful::health_check;

#[health_check]
async fn database(#[cfg(unix)] deadline: graceful::Deadline) -> bool {
    !deadline.remaining().is_zero()
}

fn main() {}
