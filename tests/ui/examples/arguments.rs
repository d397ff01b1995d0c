use std::sync::Arc;

use graceful::{All, CancellationToken, Deadline, Reason, Resource, health_check, on_shutdown};

#[derive(Clone)]
struct Pool {
    name: &'static str,
}

#[on_shutdown]
async fn pattern(Resource(pool): Resource<Pool>) {
    assert_eq!(pool.name, "pool");
}

#[on_shutdown]
async fn nested_pattern(Resource(Pool { name }): Resource<Pool>, _: Reason, mut deadline: Deadline) {
    assert_eq!(name, "pool");
    deadline.clone_from(&deadline.clone());
}

#[on_shutdown]
fn every_type(
    pool: Option<Resource<Pool>>,
    arc: Option<Resource<Arc<std::sync::Mutex<Vec<u8>>>>>,
    #[allow(unused)] reason: graceful::Reason,
    deadline: Deadline,
    token: CancellationToken,
) -> Result<(), String> {
    assert!(pool.is_some() && arc.is_none());
    assert!(!token.is_cancelled());
    assert!(deadline.remaining() <= std::time::Duration::from_secs(5));
    Ok(())
}

#[on_shutdown]
async fn all_values(All(pools): All<Pool>, none: graceful::All<String>) {
    assert_eq!(pools.len(), 1);
    assert!(none.0.is_empty());
}

#[health_check]
fn all_are_open(All(pools): All<Pool>) -> bool {
    pools.iter().all(|pool| pool.name == "pool")
}

#[on_shutdown]
async fn never_provided(_: Resource<String>) {
    unreachable!()
}

#[graceful::main]
async fn main() {
    graceful::provide(Pool { name: "pool" });
}
