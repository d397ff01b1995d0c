//! A service that tests its own shutdown, with the handlers and the configuration that it has.

use std::time::Duration;

use graceful::{Resource, on_shutdown};
use tokio::time::sleep;

#[derive(Clone)]
struct Pool;

impl Pool {
    async fn close(&self) {
        sleep(Duration::from_secs(1)).await;
    }
}

#[graceful::main(grace_period = "20s", lame_duck = "3s", drain_timeout = "6s")]
async fn main() {
    graceful::provide(Pool);
    service().await;
}

async fn service() {
    graceful::spawn(async {
        graceful::drain_started().await;
        sleep(Duration::from_secs(4)).await;
    });
    graceful::drain_started().await;
}

#[on_shutdown(priority = 20, timeout = "4s")]
async fn stop_workers() {
    sleep(Duration::from_secs(2)).await;
}

#[on_shutdown(priority = 10, timeout = "5s")]
async fn close_database(Resource(pool): Resource<Pool>) {
    pool.close().await;
}

#[cfg(test)]
mod tests {
    use graceful::testing::{Fault, Rehearsal};
    use graceful::{Outcome, Phase};

    use super::*;

    #[test]
    fn it_ends_in_order() {
        let rehearsed = Rehearsal::new().provide(Pool).run_main(service());
        rehearsed.assert_clean().assert_in_budget();
        let phases: Vec<_> = rehearsed.report().phases().iter().map(|phase| (phase.phase(), phase.elapsed())).collect();
        // The configuration is main's.
        let seconds = Duration::from_secs;
        assert_eq!(
            phases,
            [(Phase::LameDuck, seconds(3)), (Phase::Draining, seconds(4)), (Phase::Teardown, seconds(3))]
        );
    }

    #[test]
    fn the_database_is_closed_whatever_the_workers_do() {
        for fault in [Fault::Hang, Fault::Panic, Fault::Fail("no".to_owned()), Fault::Delay(Duration::from_secs(1))] {
            let rehearsed = Rehearsal::new().provide(Pool).fault("stop_workers", fault).run_main(service());
            assert_eq!(rehearsed.outcome("close_database"), &Outcome::Completed);
            rehearsed.assert_in_budget();
        }
    }

    #[test]
    fn the_worst_case_fits() {
        let rehearsed = Rehearsal::new().fault_in_all(Fault::Hang).run_main(std::future::pending::<()>());
        rehearsed.assert_in_budget();
        assert_eq!(rehearsed.report().elapsed(), rehearsed.plan().worst_case());
    }

    #[test]
    fn what_was_never_opened_needs_no_closing() {
        let rehearsed = Rehearsal::new().run();
        assert!(matches!(rehearsed.outcome("close_database"), Outcome::Skipped(_)));
        rehearsed.assert_clean();
    }

    /// What `main` sets up, in the test that has it.
    async fn set_up() -> Pool {
        graceful::provide(Pool);
        graceful::spawn(service());
        Pool
    }

    /// Three tests that would see each other's shutdown.
    mod each_with_its_own_service {
        use graceful::testing::Service;

        use super::*;

        #[graceful::test]
        async fn it_ends_on_request(service: Service) {
            set_up().await;
            assert!(!graceful::is_shutting_down());
            graceful::request_shutdown();
            assert!(graceful::is_shutting_down());
            // The configuration is main's, and the clock is the real one: a test of the order would rehearse it.
            assert_eq!(graceful::phase(), Phase::LameDuck);
            drop(service);
        }

        #[graceful::test(start_paused = true)]
        async fn it_ends_in_order(service: Service) -> Result<(), tokio::task::JoinError> {
            let pool = set_up().await;
            let closed = tokio::spawn(async move { pool.close().await });
            let ended = service.shut_down().await;
            ended.assert_clean().assert_in_budget();
            assert_eq!(ended.report().elapsed(), Duration::from_secs(3 + 4 + 3));
            closed.await
        }

        #[graceful::test(flavor = "multi_thread", worker_threads = 2)]
        async fn its_tasks_see_it_on_every_thread() {
            let before = tokio::spawn(async { graceful::is_shutting_down() }).await.unwrap();
            graceful::request_shutdown();
            let after = tokio::task::spawn_blocking(graceful::is_shutting_down).await.unwrap();
            assert_eq!((before, after), (false, true));
        }

        #[graceful::test(flavor = "local")]
        #[should_panic(expected = "of the test")]
        async fn it_may_panic() {
            assert!(!graceful::is_shutting_down());
            panic!("of the test");
        }
    }

    /// As under `#[sqlx::test]`, which builds the runtime, makes a database, and calls the test with it.
    #[tokio::test(start_paused = true)]
    async fn another_attribute_builds_the_runtime() {
        let service = Rehearsal::new().fault("stop_workers", Fault::Hang).start();
        set_up().await;
        let ended = service.shut_down().await;
        assert_eq!(ended.outcome("close_database"), &Outcome::Completed);
        ended.assert_in_budget();
    }
}
