//! Not run: not every machine has IPv6.

#[allow(dead_code)]
mod service {
    #[graceful::main(probes = "[2001:db8::1]:8081", flavor = "current_thread", plan_test = false)]
    pub async fn main() {}
}

fn main() {}
