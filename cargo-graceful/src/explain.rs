//! `cargo graceful explain`

use std::fmt::Write as _;

use graceful_manifest::Rule;

/// The rule's name and severity, what it finds, its page, and how to allow it.
pub(crate) fn page(rule: Rule) -> String {
    format!(
        "# {rule}\n\n{}: {}\n\n{}\n\
         In the file, with the reason: a comment `# graceful: allow {rule}: REASON`, or on an object of Kubernetes the \
         annotation\n`graceful/allow: \"{rule}: REASON\"`. For one run: `--allow {rule}`.\n",
        rule.severity(),
        rule.summary(),
        markdown(rule)
    )
}

/// The rule's page as a reader sees it. Its example is no test of the documentation.
pub(crate) fn markdown(rule: Rule) -> String {
    rule.page().replace("```rust,ignore", "```rust")
}

/// All rules, with a line for each.
pub(crate) fn list() -> String {
    let mut text = String::new();
    for rule in Rule::ALL {
        // The first sentence.
        let summary = rule.summary().split_inclusive(". ").next().unwrap_or_default().trim_end();
        let _ = writeln!(text, "{rule:32} {:8} {summary}", rule.severity());
    }
    text
}
