//! No text causes a panic.

use std::hint::black_box;

use graceful_manifest::{Check, ErrorKind, Program, Source};
use proptest::prelude::*;

use crate::cases::{self, CASES, GOOD, GUIDE, KINDS};
use crate::{compose, ecs};

/// Each result can be printed, and has no control characters.
fn survive(program: &Program, text: &str) {
    let source = [Source { name: "api.yaml", text }];
    for check in [Check::new(program), Check::new(program).container("api")] {
        match check.run(&source) {
            Ok(outcome) => {
                let allowed = outcome.allowed.into_iter().map(|allowed| allowed.finding);
                for finding in outcome.findings.into_iter().chain(allowed) {
                    assert!(finding.line > 0 && finding.column > 0 && finding.length > 0);
                    assert!(!finding.to_string().contains(char::is_control), "{finding:?}");
                }
            }
            Err(error) => assert!(!error.to_string().contains(char::is_control), "{error:?}"),
        }
    }
}

fn any_manifest() -> impl Strategy<Value = String> {
    let of_cases = (0..CASES.len()).prop_map(|index| cases::changed(CASES[index].shows));
    let texts = vec![GOOD, GUIDE, KINDS, compose::GOOD, ecs::GOOD, ecs::TEMPLATE];
    prop_oneof![6 => prop::sample::select(texts).prop_map(str::to_owned), 1 => of_cases]
}

#[derive(Debug, Clone)]
enum Mutation {
    Delete(prop::sample::Index, usize),
    Insert(prop::sample::Index, String),
    Repeat(prop::sample::Index, prop::sample::Index),
    /// Replaces the text after a colon.
    Value(prop::sample::Index, String),
}

fn any_mutation() -> impl Strategy<Value = Mutation> {
    let token = prop_oneof![
        prop::sample::select(
            &[
                "{",
                "}",
                "[",
                "]",
                "- ",
                ": ",
                "\n",
                "  ",
                "&a ",
                "*a",
                "<<: ",
                "{{",
                "|",
                ">",
                "'",
                "\"",
                "!!str ",
                "---\n",
                "#",
                "# graceful: allow ",
                "# graceful: pre-stop ",
                "exec-sleep: x",
                "%",
                "\u{feff}",
                "\t"
            ][..]
        )
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    let value = prop_oneof![
        prop::sample::select(
            &[
                "-1",
                "0",
                "9223372036854775807",
                "-9223372036854775808",
                "18446744073709551615",
                "1e400",
                "0x7fffffffffffffff",
                "null",
                "~",
                "{}",
                "[]",
                "\"\"",
                "101%",
                "99999999999999999999%",
                "true",
                "é",
                "\"\\u001b[2J\\u202e\"",
                "[sh, -c, sleep 1e999]",
                "18446744073709551615s"
            ][..]
        )
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    let at = any::<prop::sample::Index>;
    prop_oneof![
        1 => (at(), 1..20_usize).prop_map(|(at, count)| Mutation::Delete(at, count)),
        1 => (at(), token).prop_map(|(at, token)| Mutation::Insert(at, token)),
        1 => (at(), at()).prop_map(|(line, at)| Mutation::Repeat(line, at)),
        3 => (at(), value).prop_map(|(at, value)| Mutation::Value(at, value)),
    ]
}

fn mutate(text: &str, mutation: &Mutation) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let mut lines: Vec<&str> = text.lines().collect();
    if chars.is_empty() || lines.is_empty() {
        return text.to_owned();
    }
    match mutation {
        Mutation::Delete(at, count) => {
            let start = at.index(chars.len());
            chars.drain(start..(start + count).min(chars.len()));
            chars.into_iter().collect()
        }
        Mutation::Insert(at, token) => {
            let at = at.index(chars.len());
            chars.splice(at..at, token.chars());
            chars.into_iter().collect()
        }
        Mutation::Repeat(line, at) => {
            let line = lines[line.index(lines.len())];
            lines.insert(at.index(lines.len()), line);
            lines.join("\n")
        }
        Mutation::Value(at, value) => {
            let colons: Vec<_> = text.match_indices(": ").map(|(at, _)| at + 2).collect();
            let Some(&start) = colons.get(at.index(colons.len().max(1))) else { return text.to_owned() };
            let end = text[start..].find(['\n', ',', '}']).map_or(text.len(), |length| start + length);
            format!("{}{value}{}", &text[..start], &text[end..])
        }
    }
}

proptest! {
    #![proptest_config(cases::random(300))]

    #[test]
    fn arbitrary_text(text in any::<String>()) {
        survive(&cases::program(), &text);
    }

    #[test]
    fn text_of_yaml_s_own_signs(text in r#"([-?:,{}\[\]#&*!|>'"%@`~ \t\na<.0]|: |- |\n  |<<: \*a|&a |--- )*"#) {
        survive(&cases::program(), &text);
    }

    #[test]
    fn mutated_manifests(
        program in crate::kubelet::any_program(),
        text in any_manifest(),
        mutations in prop::collection::vec(any_mutation(), 1..6),
    ) {
        let text = mutations.iter().fold(text, |text, mutation| mutate(&text, mutation));
        survive(&program, &text);
        black_box(graceful_manifest::snippet(&program, &text));
    }
}

/// All processes have all checks, all variables, or all socket units. A file of a megabyte would need gigabytes.
#[test]
fn what_many_processes_share_is_limited() {
    let repeated = |count: usize, each: fn(usize) -> String| (0..count).map(each).collect::<String>();
    let groups = repeated(2_000, |index| format!("g{index} = 'a'\n"));
    let fly = format!("app = 'a'\n[processes]\n{groups}{}", "[[services]]\ninternal_port = 1\n".repeat(2_000));
    let tasks = repeated(2_000, |index| format!("task \"t{index}\" {{\n}}\n"));
    let checks = "check {\n type = \"tcp\"\n port = 1\n}\n".repeat(2_000);
    let nomad = format!("job \"a\" {{\ngroup \"a\" {{\n{tasks}service {{\n{checks}}}\n}}\n}}\n");
    let services = repeated(500, |index| format!("  s{index}: {{ env_file: [a.env, a.env] }}\n"));
    let compose = format!("services:\n{services}");
    let variables = "GRACEFUL_GRACE_PERIOD=1s\n".repeat(10_000);
    let service = ("api.service", "[Service]\n");
    let socket = ("api.socket", "[Socket]\nListenStream=80\n");
    let units = [[service; 1_500], [socket; 1_500]].concat();
    for files in [
        &[("fly.toml", &*fly)][..],
        &[("a.nomad", &*nomad)],
        &[("compose.yaml", &*compose), ("a.env", &*variables)],
        &units,
    ] {
        let sources: Vec<_> = files.iter().map(|&(name, text)| Source { name, text }).collect();
        let error = Check::new(&Program::default()).run(&sources).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
        assert!(error.to_string().contains("too many processes"), "{error}");
    }
}
