//! For any plan: each handler once, in order, and all inside the grace period.

use proptest::prelude::*;

use super::*;
use crate::plan::HandlerPhase;

#[derive(Debug, Clone)]
enum Conduct {
    Takes(Duration),
    Hangs,
    Errs,
    Panics,
}

#[derive(Debug, Clone)]
struct Guest {
    priority: i32,
    timeout: Duration,
    drain: bool,
    conduct: Conduct,
}

fn conduct() -> impl Strategy<Value = Conduct> {
    prop_oneof![
        3 => (0_u64..20_000).prop_map(|length| Conduct::Takes(ms(length))),
        1 => Just(Conduct::Hangs),
        1 => Just(Conduct::Errs),
        1 => Just(Conduct::Panics),
    ]
}

fn guest() -> impl Strategy<Value = Guest> {
    (-3..4, 1_u64..20_000, proptest::bool::weighted(0.2), conduct())
        .prop_map(|(priority, timeout, drain, conduct)| Guest { priority, timeout: ms(timeout), drain, conduct })
}

/// Grace period, lame duck and drain timeout that `Config::resolved` lets pass.
fn config() -> impl Strategy<Value = Config> {
    (1_000_u64..60_000, 0.0..0.5_f64, 0.0..0.49_f64).prop_map(|(grace_period, lame_duck, drain)| {
        let grace_period = ms(grace_period);
        Config::new()
            .grace_period(grace_period)
            .lame_duck(grace_period.mul_f64(lame_duck))
            .drain_timeout(grace_period.mul_f64(drain))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_plan_is_carried_out(
        config in config(),
        guests in prop::collection::vec(guest(), 0..12),
        main in prop::option::of(0_u64..60_000),
        guard in prop::option::of(0_u64..60_000),
    ) {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let (report, grace_period) = runtime.block_on(carry_out(config, &guests, main, guard));

        prop_assert!(report.elapsed() <= grace_period, "{report}");
        prop_assert_eq!(report.handlers().len(), guests.len());
        for (number, guest) in guests.iter().enumerate() {
            let handler = handler(&report, &number.to_string());
            prop_assert!(handler.started().is_some(), "{report}");
            prop_assert!(handler.elapsed() <= guest.timeout + ms(2), "{report}");
            let fine = match (&guest.conduct, handler.outcome()) {
                (Conduct::Takes(_), Outcome::Completed) => true,
                (Conduct::Takes(length), Outcome::TimedOut { blocked: false }) => handler.timeout() <= *length + ms(2),
                (Conduct::Hangs, Outcome::TimedOut { blocked: false }) => true,
                (Conduct::Errs, Outcome::Failed(why)) => why == "errs",
                (Conduct::Panics, Outcome::Panicked(why)) => why == "panics",
                // Where no time is left at all, it may be over before it has begun.
                (_, Outcome::TimedOut { blocked: false }) => handler.timeout() < ms(1),
                _ => false,
            };
            prop_assert!(fine, "{guest:?}\n{report}");
        }
        let ends = |handler: &HandlerReport| handler.started().unwrap() + handler.elapsed();
        for a in report.handlers() {
            for b in report.handlers() {
                let before = (a.phase(), -a.priority()) < (b.phase(), -b.priority());
                prop_assert!(!before || ends(a) <= b.started().unwrap() + ms(2), "{a:?} {b:?}\n{report}");
            }
        }
        prop_assert_eq!(report.exit_code() == 0, report.is_clean());
    }
}

async fn carry_out(config: Config, guests: &[Guest], main: Option<u64>, guard: Option<u64>) -> (Report, Duration) {
    let grace_period = config.timing().grace_period;
    let service = Service::new(config);
    for (number, guest) in guests.iter().cloned().enumerate() {
        let phase = if guest.drain { HandlerPhase::Drain } else { HandlerPhase::Teardown };
        let job = move || async move {
            match guest.conduct {
                Conduct::Takes(length) => sleep(length).await,
                Conduct::Hangs => pending::<()>().await,
                Conduct::Errs => return Err("errs"),
                Conduct::Panics => panic!("panics"),
            }
            Ok(())
        };
        let builder = service.handler(&number.to_string()).phase(phase);
        builder.priority(guest.priority).timeout(guest.timeout).register(job).unwrap();
    }
    service.main(async move {
        match main {
            Some(length) => sleep(ms(length)).await,
            None => pending().await,
        }
    });
    if let Some(length) = guard {
        let guard = service.program.work.track();
        tokio::spawn(async move {
            sleep(ms(length)).await;
            drop(guard);
        });
    }
    (service.terminate().await, grace_period)
}
