//! A program with ten thousand linked handlers, made by macros. It prints how many microseconds it takes to plan with
//! them.

use std::hint::black_box;
use std::time::Instant;

/// Ten times what is given, each in a module of its own.
macro_rules! ten {
    ($($item:tt)*) => {
        mod a { $($item)* }
        mod b { $($item)* }
        mod c { $($item)* }
        mod d { $($item)* }
        mod e { $($item)* }
        mod f { $($item)* }
        mod g { $($item)* }
        mod h { $($item)* }
        mod i { $($item)* }
        mod j { $($item)* }
    };
}

ten! { ten! { ten! { ten! { #[graceful::on_shutdown(priority = 10, timeout = "10ms")] fn close() {} } } } }

fn main() {
    for _ in 0..51 {
        let begin = Instant::now();
        let plan = black_box(graceful::plan());
        println!("{} {:.1}", plan.handlers().len(), begin.elapsed().as_secs_f64() * 1e6);
    }
}
