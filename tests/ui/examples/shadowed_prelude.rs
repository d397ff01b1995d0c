//! Names of the prelude mean something else here.

#![no_implicit_prelude]
#![allow(non_camel_case_types, non_upper_case_globals, dead_code, unused_macros)]

extern crate graceful as service;

mod core {}
mod std {}
struct Option;
struct Result;
struct Box;
struct String;
struct Some;
struct None;
struct Ok;
struct Err;
struct Duration;
struct str;
struct u8;
struct i32;
struct bool;
struct Health;
trait From {}
trait Future {}
const argument: () = ();
const missing: () = ();
static builder: () = ();
static body: () = ();

macro_rules! concat {
    () => {};
}
macro_rules! module_path {
    () => {};
}

#[service::on_shutdown(crate = service, timeout = "1s", name = "database", priority = -1)]
async fn close(
    reason: service::Reason,
    resource: service::Resource<()>,
) -> ::core::result::Result<(), ::std::string::String> {
    let _ = (reason, resource);
    ::core::result::Result::Ok(())
}

#[service::on_shutdown(crate = "service")]
fn plain() {}

#[service::health_check(crate = service, timeout = "1s", name = "database")]
async fn works(resource: service::Resource<()>) -> ::core::result::Result<service::Health, ::std::string::String> {
    let _ = resource;
    ::core::result::Result::Ok(service::Health::Healthy)
}

#[service::health_check(crate = "service")]
fn also_works(_: service::CancellationToken) -> ::core::primitive::bool {
    true
}

#[service::main(
    crate = crate::service,
    grace_period = "3s",
    signals = [SIGTERM],
    worker_threads = 1,
    name = "app",
)]
async fn main() -> ::core::result::Result<(), ::std::string::String> {
    ::core::result::Result::Ok(())
}
