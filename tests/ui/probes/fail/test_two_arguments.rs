use graceful::testing::Service;

#[graceful::test]
async fn ends(service: Service, other: Service) {
    service.shut_down().await;
    other.shut_down().await;
}

fn main() {}
