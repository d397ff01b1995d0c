use graceful::health_check;

#[health_check]
async fn database<T: Default + PartialEq>() -> bool {
    T::default() == T::default()
}

fn main() {}
