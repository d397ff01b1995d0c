//! A service that does what standard input says, and answers on standard output.
//!
//! Main returns when the drain begins, or when told to; with the argument `ignores` it does neither.

use std::future::pending;
use std::io;
use std::process::ExitCode;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use graceful::{Error, HandlerPhase, InFlight, Registration, on_shutdown};
use graceful_process_tests::inside::{ANSWER, Loud, asked, log, say};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

#[graceful::main(worker_threads = 2)]
async fn main() -> ExitCode {
    if asked("log") {
        log();
    }
    graceful::on_report(|report| say(format_args!("report: {}", report.reason())));
    let _ = RUNTIME.set(Handle::current());
    let (sender, returns) = unbounded_channel();
    thread::spawn(move || Puppet::default().obey(&sender));
    say("main");
    told_to_return(returns).await.unwrap_or(ExitCode::SUCCESS)
}

async fn told_to_return(mut returns: UnboundedReceiver<u8>) -> Option<ExitCode> {
    if asked("ignores") {
        let _main = Loud("main");
        pending().await
    }
    let told = graceful::drain_token().run_until_cancelled_owned(returns.recv()).await;
    told.flatten().map(ExitCode::from)
}

static RUNTIME: OnceLock<Handle> = OnceLock::new();
static HELD: AtomicBool = AtomicBool::new(false);
static RELEASE: tokio::sync::Notify = tokio::sync::Notify::const_new();

#[on_shutdown(priority = 20)]
async fn first() {
    say("first");
    if HELD.load(Ordering::Relaxed) {
        RELEASE.notified().await;
    }
}

#[on_shutdown(priority = 10)]
fn second() {
    say("second");
}

#[derive(Default)]
struct Puppet {
    guards: Vec<InFlight>,
    registrations: Vec<Registration>,
}

impl Puppet {
    fn obey(&mut self, returns: &UnboundedSender<u8>) {
        for line in io::stdin().lines().map_while(Result::ok) {
            let words: Vec<&str> = line.split(' ').collect();
            let answer = match words[..] {
                ["return", code] => {
                    let told = returns.send(code.parse().expect("a code"));
                    told.map_or("main has returned", |()| "done").to_owned()
                }
                _ => self.answer(&words),
            };
            say(format_args!("{ANSWER}{answer}"));
        }
    }

    fn answer(&mut self, words: &[&str]) -> String {
        match *words {
            ["phase"] => graceful::phase().to_string(),
            ["is_shutting_down"] => graceful::is_shutting_down().to_string(),
            ["is_ready"] => graceful::is_ready().to_string(),
            ["in_flight"] => graceful::in_flight().to_string(),
            ["drain_token"] => graceful::drain_token().is_cancelled().to_string(),
            ["deadline"] => graceful::deadline().is_some().to_string(),
            ["try_track"] => match graceful::try_track() {
                Ok(guard) => {
                    self.guards.push(guard);
                    "done".to_owned()
                }
                Err(refused) => format!("refused: {refused}"),
            },
            ["register", name, priority, phase] => match register(name, priority, phase) {
                Ok(registration) => {
                    self.registrations.push(registration);
                    "done".to_owned()
                }
                Err(error) => format!("{:?}", error.kind()),
            },
            ["unregister"] => self.registrations.pop().is_some_and(Registration::unregister).to_string(),
            _ => {
                self.act(words);
                "done".to_owned()
            }
        }
    }

    fn act(&mut self, words: &[&str]) {
        match *words {
            ["ready"] => graceful::ready(),
            ["request"] => graceful::request_shutdown(),
            ["exit", code] => graceful::exit(code.parse().expect("a code")),
            ["track"] => self.guards.push(graceful::track()),
            ["drop"] => {
                say("guards dropped");
                self.guards.clear();
            }
            ["spawn"] => spawn(),
            ["serve"] => drop(RUNTIME.get().expect("main has begun").spawn(pending::<()>())),
            ["serve_tracked"] => drop(graceful::spawn(graceful::drain_started())),
            ["hold"] => HELD.store(true, Ordering::Relaxed),
            ["release"] => RELEASE.notify_one(),
            ["register_held", name] => register_held(name.to_owned()),
            _ => panic!("unknown: {words:?}"),
        }
    }
}

/// A tracked task that never ends.
fn spawn() {
    let loud = Loud("task");
    graceful::spawn(async move {
        let _loud = loud;
        pending::<()>().await;
    });
}

fn register(name: &str, priority: &str, phase: &str) -> Result<Registration, Error> {
    let phase = match phase {
        "lame_duck" => HandlerPhase::LameDuck,
        "drain" => HandlerPhase::Drain,
        _ => HandlerPhase::Teardown,
    };
    let handler = graceful::handler(name).priority(priority.parse().expect("a priority")).phase(phase);
    let prints = name.to_owned();
    handler.register(|| async move { say(prints) })
}

/// For the drain, and not ended before `release`.
fn register_held(name: String) {
    let handler = graceful::handler(&*name).phase(HandlerPhase::Drain).timeout(Duration::from_secs(30));
    let held = async move {
        say(name);
        RELEASE.notified().await;
    };
    handler.register(|| held).expect("it is not too late");
}
