use super::*;
use crate::check::Source;
use crate::tree::Node;

fn root<'t>(tree: &'t Tree<'_>) -> Node<'t> {
    tree.documents().next().unwrap()
}

fn place(node: Node<'_>) -> (u32, u32) {
    (node.position().line, node.position().column)
}

#[test]
fn blocks_attributes_and_places() {
    let text = r#"# a job
job "api" {
  group "a" { count = 2 }
  group b {
    task "t" { // one line
      kill_timeout = "5s" /* a
      comment */
      env = { A : "1", "B" = true, (var.c) = 3 }
      args = [
        "x", # first
        "y \"z\"",
      ]
    }
  }
}
"#;
    let tree = parse(text, 0).unwrap();
    let job = root(&tree).at(&["job", "api"]).unwrap();
    let groups: Vec<_> = job.entries().flat_map(|(_, labels)| labels.entries()).map(|(name, _)| name.text()).collect();
    assert_eq!(groups, [Some("a"), Some("b")]);
    let task = job.at(&["group", "b", "task", "t"]).unwrap();
    let (key, value) = task.entry("kill_timeout").unwrap();
    assert_eq!((place(key), place(value), value.text()), ((6, 7), (6, 22), Some("5s")));
    assert_eq!(task.at(&["env", "A"]).and_then(Node::text), Some("1"));
    assert!(task.at(&["env", "B"]).is_some_and(Node::is_true));
    assert_eq!(task.items_of("args").filter_map(Node::text).collect::<Vec<_>>(), ["x", "y \"z\""]);
    assert_eq!(job.entries().next().unwrap().1.at(&["a", "count"]).and_then(Node::int), Some(2));
}

#[test]
fn expressions_are_kept_as_they_are_written() {
    let text = r#"
a = var.time
b = "${var.n}s"
c = local.fast ? "1s" : "2s"
d = [for t in var.tasks : t.name]
e = { for k, v in var.m : k => v }
f = concat(["a"], [
  "b",
])
g = [1, 2][0]
h = -5
i = "$${literal"
j = <<EOF
if x { y = "1"
EOF
k = <<-E
    ${a}
    E
l = [var.a, 1 +
  2, { m = n.o }]
q = "${join(",", ["}"])}"
"#;
    let tree = parse(text, 0).unwrap();
    let text = |key: &str| root(&tree).get(key).and_then(Node::text);
    assert_eq!(text("a"), Some("${var.time}"));
    assert_eq!(text("b"), Some("${var.n}s"));
    assert_eq!(text("c"), Some("${local.fast ? \"1s\" : \"2s\"}"));
    for key in ["d", "e", "f", "g", "k", "q"] {
        assert!(text(key).is_some_and(|text| text.starts_with("${")), "{key}: {:?}", text(key));
    }
    assert_eq!(root(&tree).get("h").and_then(Node::int), Some(-5));
    assert_eq!(text("i"), Some("${literal"));
    assert_eq!(text("j"), Some("if x { y = \"1\"\n"));
    let items: Vec<_> = root(&tree).items_of("l").map(Node::text).collect();
    assert_eq!(items, [Some("${var.a}"), Some("${1 +\n  2}"), None]);
}

#[test]
fn mistakes() {
    for (text, line) in
        [("a", 1), ("a {\n", 1), ("a = [\n", 1), ("\n}\n", 2), ("a = 1\na = 2\n", 2), ("a { b { c = 1 } }\n", 1)]
    {
        let error = parse(text, 0).unwrap_err().into_error(&[Source { name: "", text }]);
        assert_eq!(error.position().map(|(line, _)| line), Some(line), "{text}: {error}");
        assert!(error.to_string().contains("not HCL: "), "{error}");
    }
    for part in [
        "a {\n",
        "a = [",
        "[",
        "a = {b = ",
        "(",
        "\"${",
        "<<E\n",
        "a = !",
        "a = b ? ",
        "/*",
        "a = [for",
        "a = \"é",
        "a \"b\" ",
    ] {
        for count in [1, 2, 3, 20_000] {
            let _ = parse(&part.repeat(count), 0);
        }
    }
}
