//! Provides two values of one type, and one of another.

use graceful::{All, Resource, on_shutdown};
use graceful_process_tests::inside::{say, scenario};

#[derive(Clone)]
struct Pool(&'static str);

#[derive(Clone)]
struct Replica(Pool);

/// All of them are taken, so several are no mistake.
#[derive(Clone)]
struct Shard(u8);

/// Never provided.
#[derive(Clone)]
struct Queue;

#[graceful::main]
async fn main() {
    match &*scenario() {
        "late" => {
            provide();
            subscribe();
        }
        _ => {
            subscribe();
            provide();
        }
    }
    graceful::on_report(|report| report.warnings().iter().for_each(say));
    graceful::ready();
    say(graceful::plan());
    say("main");
    graceful::shutdown_requested().await;
}

fn subscribe() {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
}

fn provide() {
    graceful::provide(Pool("primary"));
    graceful::provide(Pool("secondary"));
    graceful::provide(Pool("tertiary"));
    graceful::provide(Replica(Pool("replica")));
    (1..=3).for_each(|number| graceful::provide(Shard(number)));
}

#[on_shutdown(priority = 20)]
async fn all(All(shards): All<Shard>, All(queues): graceful::All<Queue>, All(replicas): All<Replica>) {
    let numbers: Vec<_> = shards.iter().map(|shard| shard.0).collect();
    say(format_args!("{numbers:?}, {}, {}", queues.len(), replicas.len()));
}

#[on_shutdown(priority = 10)]
async fn last(Resource(pool): Resource<Pool>, Resource(Replica(replica)): Resource<Replica>) {
    say(format_args!("{}, {}", pool.0, replica.0));
    if scenario() == "fails" {
        panic!("for the report");
    }
}
