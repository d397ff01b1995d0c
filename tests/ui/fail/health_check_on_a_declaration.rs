use graceful::health_check;

trait Works {
    #[health_check]
    fn works() -> bool;
}

fn main() {}
