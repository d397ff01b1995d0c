//! Parts that end one after another. Each works until its turn comes.

use std::time::Duration;

use graceful::Turn;
use tokio::time::sleep;

#[graceful::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), graceful::Error> {
    graceful::handler("one").spawn(|turn| part("one", turn))?;
    graceful::handler("two").after("one").spawn(|turn| part("two", turn))?;
    graceful::handler("three").after("two").spawn(|turn| part("three", turn))?;
    graceful::handler("root").after("three").register(async || println!("root stopped"))?;
    graceful::drain_started().await;
    Ok(())
}

async fn part(name: &str, turn: Turn) {
    let mut count = 0;
    while turn.until(sleep(Duration::from_millis(5))).await.is_some() {
        count += 1;
        println!("{name}: {count}");
    }
    println!("{name} stopping");
    sleep(Duration::from_millis(20)).await;
    println!("{name} stopped");
}
