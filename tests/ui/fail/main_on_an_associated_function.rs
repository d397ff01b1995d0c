struct App;

impl App {
    #[graceful::main]
    async fn main() {}
}

fn main() {}
