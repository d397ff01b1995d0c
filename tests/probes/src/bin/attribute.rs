//! A program that has its probes and its health check by attribute.

use graceful::Resource;
use graceful_process_tests::inside::{ANSWER, say};

#[derive(Clone)]
struct Database(&'static str);

#[graceful::health_check(name = "database")]
async fn database(Resource(Database(state)): Resource<Database>) -> Result<(), &'static str> {
    if state == "open" { Ok(()) } else { Err(state) }
}

#[graceful::main(probes = "127.0.0.1:0", health_cache = "0s")]
async fn main() {
    say("main");
    graceful::ready();
    for line in std::io::stdin().lines().map_while(Result::ok) {
        match &*line {
            "open" => graceful::provide(Database("open")),
            "lose" => graceful::provide(Database("lost")),
            "end" => break,
            _ => {}
        }
        say(format_args!("{ANSWER}{}", graceful::probes_address().expect("they are served")));
    }
}
