//! What graceful costs, in counts that the machine's load does not change, compared with the committed ones of `counts.txt`.
//! A count that differs by more than it may is an error, so no change makes graceful more expensive unnoticed.
//!
//! `cargo run -p graceful-count-tests -- --write` writes `counts.txt` anew.

mod measure;
mod table;

use std::process::ExitCode;
use std::{env, fs};

use self::table::Table;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/counts.txt");

fn main() -> ExitCode {
    let Some(measured) = measure::all() else {
        eprintln!("tests/counts: valgrind is not installed: run tests/install");
        return ExitCode::FAILURE;
    };
    println!("{measured}");
    if env::args().any(|argument| argument == "--write") {
        fs::write(FILE, measured.to_string()).expect("the checkout can be written");
        return ExitCode::SUCCESS;
    }
    let committed: Table = fs::read_to_string(FILE).expect("it is committed").parse().expect("a table");
    match measured.changes_since(&committed) {
        changes if changes.is_empty() => ExitCode::SUCCESS,
        changes => {
            eprintln!("{}", advice(&changes, &committed, &measured));
            ExitCode::FAILURE
        }
    }
}

fn advice(changes: &[String], committed: &Table, measured: &Table) -> String {
    let mut text = "tests/counts: these counts differ from tests/counts/counts.txt by more than they may:\n".to_owned();
    for change in changes {
        text.push_str(&format!("  {change}\n"));
    }
    if committed.tools != measured.tools {
        text.push_str(&format!(
            "The committed counts were made with {}, and these with {}. That may be the reason.\n",
            committed.tools, measured.tools
        ));
    }
    text.push_str(
        "If a count should not have changed, find the commit that changed it. Otherwise measure again with \
         `cargo run -p graceful-count-tests -- --write`, and commit the file with the reason.",
    );
    text
}
