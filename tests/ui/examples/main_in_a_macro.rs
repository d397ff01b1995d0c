macro_rules! service {
    ($grace_period:literal, $lame_duck:expr, $threads:expr, [$($signal:ident),*], $(#[$attr:meta])* $body:block) => {
        $(#[$attr])*
        #[graceful::main(
            grace_period = $grace_period,
            lame_duck = $lame_duck,
            worker_threads = $threads,
            signals = [$($signal),*],
        )]
        async fn main() -> Result<(), String> $body
    };
}

service!("3s", "0s", 2, [SIGTERM, SIGINT], /** Serves. */ {
    let x: Result<(), String> = Ok(());
    x
});
