use graceful::health_check;

#[health_check(tiemout = "5s", name = "")]
const unsafe fn database<T>(self) {}

fn main() {}
