//! A program that is ready, and done at once: it is main's own thread that ends the process, or who is handed the report.

use graceful_process_tests::inside::asked;

#[graceful::main]
async fn main() {
    if asked("exit in on_report") {
        graceful::on_report(|_| std::process::exit(0));
    }
    graceful::ready();
}
