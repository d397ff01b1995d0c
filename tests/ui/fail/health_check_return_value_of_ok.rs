use graceful::health_check;

#[health_check]
async fn database() -> Result<bool, String> {
    Ok(true)
}

fn main() {}
