//! Measures graceful and its peers in turn, and writes the table and the chart of `docs/benchmarks.md`.
//!
//! `-- --draft` takes few rounds, to see whether everything works. Page and chart say that they are a draft.

mod chart;
mod contender;
mod drain;
mod guard;
mod packages;
mod plan;
mod process;
mod rounds;
mod row;
mod table;

use graceful_benches::{machine, write_section};

use self::contender::ALL;
use self::rounds::Rounds;
use self::row::Section;

fn main() -> std::io::Result<()> {
    let draft = std::env::args().any(|argument| argument == "--draft");
    let machine = machine::description();
    let machine = if draft { format!("A draft of few rounds. {machine}") } else { machine };
    let rounds = Rounds { draft };

    let sections = [
        Section { title: "Idle service", rows: process::idle(rounds) },
        Section {
            title: "Work in flight",
            rows: [guard::rows(rounds), drain::rows(rounds), process::tasks(rounds)].concat(),
        },
        Section { title: "Handlers", rows: [process::handlers(rounds), vec![plan::row()]].concat() },
        Section { title: "Build", rows: packages::rows(rounds) },
    ];
    let sections = sections.map(Section::with_floors);

    let versions = ALL.each_ref().map(|contender| contender.label()).join(", ");
    let text = format!("{machine}\n\nVersions: {versions}.\n\n{}", table::markdown(&sections));
    println!("{text}");
    write_section(env!("CARGO_PKG_NAME"), &text)?;
    chart::write(&sections, &machine)
}
