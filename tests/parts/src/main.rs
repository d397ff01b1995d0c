//! What the examples of tokio-graceful-shutdown do, each as a program of graceful in one module. Argument: which one.
//!
//! Each module is what a user would write, and prints what the tests wait for.

mod abort;
mod cancellation;
mod double_panic;
mod echo;
mod failed;
mod finished;
mod nested;
mod nested_error;
mod normal;
mod orchestrated;
mod own_error;
mod own_thread;
mod panics;
mod partial;
mod partial_error;
mod request;
mod restart;
mod sequential;
mod structs;
mod timeout;
mod typed_errors;
mod with_anyhow;
mod with_eyre;

use std::env;
use std::error::Error;
use std::process::ExitCode;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    match &*env::args().nth(1).unwrap_or_default() {
        "abort" => abort::main(),
        "cancellation" => cancellation::main(),
        "double_panic" => double_panic::main(),
        "echo" => echo::main(),
        "failed" => failed::main(),
        "finished" => finished::main(),
        "nested" => nested::main(),
        "nested_error" => nested_error::main(),
        "normal" => normal::main(),
        "orchestrated" => orchestrated::main(),
        "own_error" => own_error::main(),
        "own_thread" => return own_thread::main(),
        "panics" => panics::main(),
        "partial" => partial::main(),
        "partial_error" => partial_error::main(),
        "request" => request::main(),
        "restart" => restart::main(),
        "sequential" => sequential::main(),
        "structs" => structs::main(),
        "timeout" => timeout::main(),
        "typed_errors" => typed_errors::main(),
        "with_anyhow" => with_anyhow::main(),
        "with_eyre" => with_eyre::main(),
        other => panic!("no program `{other}`"),
    }
    unreachable!("the attribute exits")
}
