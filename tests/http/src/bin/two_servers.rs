//! A public server and an admin server, beside a warm-up that ends when standard input says so. Arguments: `admin-only` starts
//! neither the public server nor the warm-up.

use std::io;
use std::net::SocketAddr;
use std::thread;

use axum::Router;
use axum::routing::get;
use graceful::Readiness;
use graceful_process_tests::inside::{ANSWER, asked, say};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

static GO: Semaphore = Semaphore::const_new(0);

#[graceful::main(grace_period = "10s", drain_timeout = "4s", plan_test = false)]
async fn main() -> io::Result<()> {
    let public = TcpListener::bind("127.0.0.1:0").await?;
    let admin = TcpListener::bind("127.0.0.1:0").await?;
    let addresses = [public.local_addr()?, admin.local_addr()?];
    let router = Router::new().route("/", get("hello")).route("/go", get(go)).merge(graceful::axum::probes());
    let admin = graceful::axum::serve(admin, router.clone()).without_ready();
    if asked("admin-only") {
        thread::spawn(move || obey(addresses, None));
        return admin.await;
    }
    thread::spawn(move || obey(addresses, Some(graceful::readiness("warm-up"))));
    graceful::spawn_critical("admin", async { admin.await });
    graceful::axum::serve(public, router).await
}

/// Ends when the test says so.
async fn go() -> &'static str {
    say("go begins");
    GO.acquire().await.expect("it is never closed").forget();
    "gone"
}

fn obey([public, admin]: [SocketAddr; 2], warm_up: Option<Readiness>) {
    for order in io::stdin().lines().map_while(Result::ok) {
        let warm_up = || warm_up.as_ref().expect("a warm-up");
        match order.as_str() {
            "warm" => warm_up().set_ready(),
            "cold" => warm_up().set_not_ready("the cache is empty"),
            "go" => {
                // The signal may still be on its way.
                graceful::wait_for_shutdown();
                GO.add_permits(2);
            }
            _ => {}
        }
        let answer = if order == "admin" { admin } else { public };
        say(format_args!("{ANSWER}{answer}"));
    }
}
