//! Main knows of none of the handlers and checks.

use graceful::on_shutdown;
use linkage_direct as _;

mod private;

#[graceful::main(grace_period = "20s", signals = [SIGTERM], health_cache = "2s")]
async fn main() {
    graceful::health().await;
    if std::env::args().count() > 100 {
        never_called();
    }
}

#[on_shutdown]
async fn close() {
    println!("linkage_app::close");
}

fn never_called() {
    #[on_shutdown(name = "in_a_body")]
    async fn close() {
        println!("linkage_app::in_a_body::close");
    }

    {
        #[on_shutdown(name = "in_a_nested_body")]
        fn close() {
            println!("linkage_app::in_a_nested_body::close");
        }
    }
}

mod macro_made {
    macro_rules! handlers {
        ($($name:ident)*) => {
            $(
                #[graceful::on_shutdown]
                fn $name() {
                    println!(concat!(module_path!(), "::", stringify!($name)));
                }
            )*
        };
    }

    handlers! {
        first
        second
    }
}
