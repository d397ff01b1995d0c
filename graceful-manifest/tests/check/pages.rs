//! The pages of the rules: each is complete, and its example is found before it is mended and not after it.
//!
//! A page has the sections Why, Mend, Example, Mended and Allow. Example and Mended may come several times, in pairs, with
//! a platform after the word: `## Example: Docker Compose`. A block of ```` ```rust,ignore ```` is the program; without
//! one it is `#[graceful::main]` with its defaults. Every other block is a file, whose name may follow the language:
//! ```` ```toml fly.toml ````. What Mended leaves out, it has from Example.

use graceful_core::{address, duration};
use graceful_manifest::{Check, ErrorKind, Handler, HandlerPhase, Program, Rule, Severity, Socket, SocketKind, Source};

/// A section's title and text.
type Section = (&'static str, &'static str);

fn sections(page: &'static str) -> Vec<Section> {
    let sections = page.split("## ").skip(1).filter_map(|section| section.split_once('\n'));
    sections.map(|(title, text)| (title, text.trim())).collect()
}

/// The first words of the fences, and what is between them.
fn blocks(text: &'static str) -> Vec<Section> {
    let parts = text.split("```").skip(1).step_by(2);
    parts.filter_map(|block| block.split_once('\n')).collect()
}

/// The values of an attribute's keys.
fn keys(code: &str) -> Vec<(&str, &str)> {
    let keys = code.split(", ").filter_map(|key| key.split_once(" = "));
    keys.map(|(key, value)| (key.trim_matches(['(', ' ']), value.trim_matches(['"', ')', ']', ' ', '\n']))).collect()
}

fn handler(attribute: &str) -> Handler {
    let mut handler = Handler {
        name: "close".to_owned(),
        priority: 0,
        timeout: None,
        phase: HandlerPhase::Teardown,
        after: Vec::new(),
    };
    for (key, value) in keys(attribute) {
        match key {
            "priority" => handler.priority = value.parse().unwrap(),
            "timeout" => handler.timeout = Some(duration::parse(value).unwrap()),
            other => panic!("the test knows no key `{other}`"),
        }
    }
    handler
}

fn program(code: &str) -> Program {
    let handlers = code.split("#[on_shutdown").skip(1).filter_map(|rest| rest.split(")]").next()).map(handler);
    // Every page takes TCP listeners.
    let sockets = code.split("graceful::sockets::tcp!(\"").skip(1).filter_map(|rest| rest.split('"').next());
    let sockets = sockets.map(|name| Socket { name: name.to_owned(), kind: SocketKind::Tcp }).collect();
    let mut program = Program { handlers: Some(handlers.collect()), sockets, ..Program::default() };
    let main = code.split("#[graceful::main").nth(1).and_then(|rest| rest.split(")]").next()).unwrap_or_default();
    for (key, value) in keys(main) {
        let time = || duration::parse(value).unwrap();
        match key {
            "grace_period" => program.grace_period = time(),
            "lame_duck" => program.lame_duck = time(),
            "drain_timeout" => program.drain_timeout = Some(time()),
            "probes" => program.probes = Some(address::parse(value).unwrap()),
            "signals" => program.signals = vec![value.trim_start_matches('[').to_owned()],
            other => panic!("the test knows no key `{other}`"),
        }
    }
    program
}

/// The program and the files of a section.
fn read(text: &'static str) -> (Option<Program>, Vec<Section>) {
    let (code, files): (Vec<_>, Vec<_>) = blocks(text).into_iter().partition(|(head, _)| head.starts_with("rust"));
    (code.first().map(|(_, code)| program(code)), files)
}

fn check(program: &Program, files: &[Section]) -> Vec<(Rule, Severity)> {
    let name = |head: &'static str| head.split_once(' ').map_or("manifest.yaml", |(_, name)| name);
    let sources: Vec<_> = files.iter().map(|(head, text)| Source { name: name(head), text }).collect();
    // In an example with several containers, the program's is called `api`.
    let findings = Check::new(program).run(&sources).or_else(|error| match error.kind() {
        ErrorKind::SeveralContainers => Check::new(program).container("api").run(&sources),
        _ => Err(error),
    });
    findings.unwrap().findings.into_iter().map(|finding| (finding.rule, finding.severity)).collect()
}

#[test]
fn every_page_is_complete() {
    for rule in Rule::ALL {
        let sections = sections(rule.page());
        let titles: Vec<_> = sections.iter().map(|(title, _)| title.split(':').next().unwrap_or_default()).collect();
        let examples = titles.len().saturating_sub(3) / 2;
        let examples = std::iter::repeat_n(["Example", "Mended"], examples.max(1)).flatten();
        let expected: Vec<_> = ["Why", "Mend"].into_iter().chain(examples).chain(["Allow"]).collect();
        assert_eq!(titles, expected, "{rule}");
        assert!(sections[0].1.contains("\n- <https://"), "{rule}: the section Why has no source");
        assert!(sections.iter().all(|(_, text)| !text.is_empty()), "{rule}");
        assert!(rule.summary().ends_with('.'), "{rule}: {}", rule.summary());
    }
}

#[test]
fn every_example_is_found_and_mended() {
    for &rule in Rule::ALL {
        // It is not found in a file.
        if rule == Rule::HandlersWithoutMain {
            continue;
        }
        let sections = sections(rule.page());
        for [(_, example), (title, mended)] in
            sections[2..sections.len() - 1].chunks_exact(2).map(|pair| [pair[0], pair[1]])
        {
            let (before, files) = read(example);
            let before = before.unwrap_or_else(|| program(""));
            let found = check(&before, &files);
            assert!(found.iter().any(|(found, _)| *found == rule), "{rule}: the example is not found, only {found:?}");

            let (after, mended) = read(mended);
            let found = check(&after.unwrap_or(before), if mended.is_empty() { &files } else { &mended });
            let remains = |(found, severity): &(Rule, Severity)| *found == rule || *severity == Severity::Error;
            assert!(!found.iter().any(remains), "{rule}: {title} is not mended: {found:?}");
        }
    }
}
