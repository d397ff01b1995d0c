use std::error::Error;
use std::time::Duration;

use graceful::{Config, on_shutdown};

mod settings {
    use super::{Config, Duration, Error};

    pub(super) const GRACE_PERIOD: Duration = Duration::from_secs(10);

    pub(super) fn read(config: Config) -> Result<Config, Box<dyn Error>> {
        let lame_duck = "100".parse()?;
        Ok(config.grace_period(GRACE_PERIOD).lame_duck(Duration::from_millis(lame_duck)))
    }
}

#[on_shutdown]
async fn close() {
    let plan = graceful::plan();
    assert_eq!((plan.grace_period(), plan.lame_duck()), (settings::GRACE_PERIOD, Duration::from_millis(100)));
}

#[graceful::main(grace_period = "20s", configure = settings::read)]
fn main() {}
