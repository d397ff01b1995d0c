//! One table: graceful and its peers, measured by turns in one run. It is printed, and written to `docs/benchmarks.md`
//! with a chart.
//!
//! `-- --cold` has the build times measured too, which takes minutes.

mod chart;
mod contender;
mod guard;
mod packages;
mod plan;
mod process;
mod rounds;
mod row;
mod table;
mod when_drained;

use graceful_benches::write_section;

fn main() -> std::io::Result<()> {
    let cold = std::env::args().any(|argument| argument == "--cold");
    let mut rows = Vec::new();
    // One after another: each has the machine to itself.
    for section in [guard::rows, when_drained::rows, process::rows, plan::rows, packages::rows] {
        rows.extend(section());
    }
    let page = format!("{}\n\n{}", surroundings(), table::markdown(&rows));
    println!("{page}");
    write_section("peers", &page)?;
    chart::write(&rows)?;
    if cold {
        let page = table::markdown(&packages::cold());
        println!("{page}");
        write_section("cold", &page)?;
    }
    Ok(())
}

/// Where and when: figures without that say nothing.
fn surroundings() -> String {
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    let model = std::fs::read_to_string("/proc/cpuinfo").ok();
    let model = model.as_deref().and_then(|info| info.lines().find_map(|line| line.strip_prefix("model name")));
    let model = model.map_or("an unknown processor", |model| model.trim_start_matches(['\t', ':', ' ']));
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("unknown");
    format!("{processors} processors ({model}). Load after the run, of which it is a part itself: {load}.")
}
