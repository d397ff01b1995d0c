//! Every return type, async and plain.

use std::error::Error;
use std::fmt::Display;

use graceful::{CancellationToken, Deadline, Health, Resource, health_check, on_shutdown};

type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

#[derive(Clone)]
struct Pool {
    name: &'static str,
}

/// Converts, but cannot be shown.
struct Convertible;

impl From<Convertible> for Box<dyn Error + Send + Sync> {
    fn from(_: Convertible) -> Self {
        "converted".into()
    }
}

#[health_check]
async fn boolean() -> bool {
    true
}

#[health_check()]
fn boolean_without_async() -> bool {
    true
}

#[health_check(name = "the \"status\" 🦀\n", timeout = "1m 30s")]
async fn status() -> Health {
    Health::Degraded("slow".to_owned())
}

#[graceful::health_check(timeout = r"1ns")]
pub fn r#type() -> graceful::Health {
    Health::Unhealthy(String::new())
}

#[health_check]
async fn result() -> std::result::Result<(), String> {
    Ok(())
}

#[health_check]
async fn alias(Resource(Pool { name }): Resource<Pool>) -> Result<()> {
    assert_eq!(name, "pool");
    Ok(())
}

#[health_check]
fn io(mut deadline: Deadline) -> std::io::Result<()> {
    deadline.clone_from(&deadline.clone());
    Ok(())
}

#[health_check]
async fn converted() -> Result<(), Convertible> {
    Err(Convertible)
}

#[health_check]
async fn not_send() -> Result<Health, Box<dyn Error>> {
    Ok(Health::Healthy)
}

#[health_check]
fn status_or_error(pool: Option<Resource<Pool>>, token: CancellationToken) -> Result<Health, &'static str> {
    let _ = pool.ok_or("no pool")?;
    Ok(if token.is_cancelled() { Health::Degraded("late".into()) } else { Health::Healthy })
}

#[health_check]
fn opaque() -> Result<(), impl Display> {
    Err("opaque")
}

#[health_check]
#[cfg(any())]
async fn gone(_: NoSuchType) {}

#[on_shutdown]
#[health_check]
async fn both(_: Option<Resource<Pool>>, _: Deadline) -> Result<(), String> {
    Ok(())
}

#[health_check(name = "first")]
#[on_shutdown(name = "second")]
fn both_without_async() -> Result<()> {
    Ok(())
}

macro_rules! checks {
    ($($name:ident: $ty:ty = $found:expr, $timeout:literal;)*) => {
        $(
            #[health_check(timeout = $timeout)]
            async fn $name(__value: Option<Resource<u8>>) -> $ty {
                let _ = __value;
                $found
            }
        )*
    };
}

checks! {
    made: bool = true, "1s";
    made_result: Result<(), String> = Err("made".to_owned()), "2s";
}

#[graceful::main]
async fn main() {
    // Still functions, as they were.
    assert!(boolean().await && boolean_without_async());
    assert_eq!(r#type(), Health::Unhealthy(String::new()));
    assert_eq!(both(None, deadline()).await, Ok(()));
}

fn deadline() -> Deadline {
    std::process::exit(0)
}
