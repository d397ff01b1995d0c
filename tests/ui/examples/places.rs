mod public {
    pub mod nested {
        #[graceful::on_shutdown]
        async fn close() {}
    }

    // The same name, in another module.
    #[graceful::on_shutdown]
    async fn close() {}

    #[graceful::health_check]
    async fn works() -> bool {
        true
    }
}

fn in_a_function() {
    use graceful::on_shutdown;

    #[on_shutdown]
    async fn close() {}

    {
        #[on_shutdown]
        fn close() {}

        #[graceful::health_check]
        fn works() -> bool {
            true
        }
    }
}

#[allow(dead_code)]
fn in_a_generic_function<T>(_: T) {
    #[graceful::on_shutdown]
    fn close() {}
}

struct Service;

impl Service {
    fn in_a_method(&self) {
        #[graceful::on_shutdown]
        fn close() {}
    }
}

const _: () = {
    #[graceful::on_shutdown]
    fn close() {}
};

#[graceful::main]
async fn main() {
    #[graceful::on_shutdown]
    async fn close() {}

    in_a_function();
    Service.in_a_method();
}
