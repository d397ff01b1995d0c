use super::build::{Failure, parse};
use crate::tree::{Node, Tree};

fn tree(text: &str) -> Tree<'_> {
    parse(text, 0).unwrap()
}

fn failure(text: &str) -> Failure {
    parse(text, 0).map(|_| ()).unwrap_err()
}

#[test]
fn positions() {
    let tree = tree("# a comment\n---\na:\n  b: [1, zwölf, {c: 3}]\n---\n'ü': d\n");
    let [first, second] = tree.documents().collect::<Vec<_>>()[..] else { panic!() };
    let (key, value) = first.get("a").unwrap().entry("b").unwrap();
    let place = |node: Node<'_>| (node.position().line, node.position().column);
    assert_eq!(place(key), (4, 3));
    assert_eq!(value.items().map(place).collect::<Vec<_>>(), [(4, 7), (4, 10), (4, 17)]);
    assert_eq!(place(second.get("ü").unwrap()), (6, 6));
}

#[test]
fn what_counts() {
    let tree = tree("a: 1\na: 2\nb: null\nc:\nd: ~\ne: \"\"\nf: '5'\ng: !!str 5\nh: yes\n? [k]\n: v\n");
    let root = tree.documents().next().unwrap();
    assert_eq!(root.get("a").unwrap().int(), Some(2), "the last one");
    for key in ["b", "c", "d", "x"] {
        assert!(root.get(key).is_none(), "{key}");
    }
    assert_eq!(root.get("e").unwrap().text(), Some(""));
    for key in ["f", "g"] {
        assert_eq!(root.get(key).unwrap().int(), None);
        assert!(root.get(key).unwrap().is_string());
    }
    assert!(root.get("h").unwrap().is_true());
}

#[test]
fn aliases_and_merges() {
    let tree = tree("a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  <<: [*a, *b]\n  x: 3\nd: *a\ne: {<<: *a}\n");
    let root = tree.documents().next().unwrap();
    let int = |path: &[&str]| root.at(path).and_then(Node::int);
    assert_eq!([int(&["c", "x"]), int(&["c", "y"]), int(&["c", "z"])], [Some(3), Some(1), Some(2)]);
    assert_eq!([int(&["d", "x"]), int(&["e", "y"])], [Some(1), Some(1)]);
}

#[test]
fn templates() {
    for (text, line, column) in [
        ("a: {{ .Values.a }}\n", 1, 4),
        ("a: 1\n{{- if .Values.b }}\nb: 2\n{{- end }}\n", 2, 1),
        ("a:\n  {{- toYaml .Values.c | nindent 2 }}\n", 2, 3),
        ("{{ include \"x\" . }}\n", 1, 1),
        ("a: {{ .Values.a }}-{{ .Values.b }}\n", 1, 4),
        ("a: {{ quote .Values.a }}\nb: 1\n", 1, 4),
        ("a: 1\nb: @B@\n", 2, 4),
        ("a: [${A}]\n", 1, 5),
        ("a: 1\nb: {{ if eq .Values.a \"b\" }}1{{ end }}\n", 2, 4),
    ] {
        let Failure::Template(at) = failure(text) else { panic!("{text}") };
        assert_eq!((at.position.line, at.position.column), (line, column), "{text}");
    }
    // Not of this text.
    tree("a: |\n  {{ $labels.instance }}\nb: '{{ x }}'\n");
    assert!(matches!(failure("a: |\n  {{ $labels }}\nb: 1\nc: 1\nd: [\n"), Failure::Syntax(..)));
}

#[test]
fn hostile() {
    // A bomb of aliases, as values, as entries to merge, and one within itself.
    let bomb = |first: &str, each: &dyn Fn(usize) -> String| {
        let mut text = format!("a0: &a0 {first}\n");
        for level in 1..64 {
            text.push_str(&format!("a{level}: &a{level} {}\n", each(level - 1)));
        }
        text
    };
    let of_lists = bomb("[x, x, x]", &|below| format!("[*a{below}, *a{below}, *a{below}]"));
    assert!(matches!(failure(&of_lists), Failure::TooLarge(_)));
    let of_merges = bomb("{x: 1}", &|below| format!("{{<<: [*a{below}, *a{below}, *a{below}]}}"));
    assert!(matches!(failure(&of_merges), Failure::TooLarge(_)));
    assert!(matches!(failure("a: &a [*a]"), Failure::Circle(_)));
    assert!(matches!(failure("a: &a {b: *a}"), Failure::Circle(_)));
    // A chain that would be deep, if anything here were recursive.
    let chain = (1..1_000).fold("a0: &a0 {x: 1}\n".to_owned(), |text, level| {
        text + &format!("a{level}: &a{level} {{<<: *a{}}}\n", level - 1)
    });
    tree(&chain);

    for deep in
        ["[".repeat(100_000), "{".repeat(100_000), "- ".repeat(100_000), "? ".repeat(100_000), "{a: ".repeat(100_000)]
    {
        parse(&deep, 0).unwrap_err();
    }
    let indented: String = (0..10_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    parse(&indented, 0).unwrap_err();
    // Two million entries: see `tests/check/errors.rs`.
}
