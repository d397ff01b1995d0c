//! The comments of a file that are for graceful.

use crate::tree::Position;

/// What a comment begins with.
const MARK: &str = "# graceful:";

/// A comment for graceful.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Comment<'a> {
    pub(super) position: Position,
    /// The text after the mark.
    pub(super) text: &'a str,
    /// The beginning of its document, or of the file.
    pub(super) document: Position,
    /// The last line of its document.
    pub(super) last_line: u32,
}

/// All comments for graceful, in their order.
pub(super) fn comments(text: &str, source: u32) -> Vec<Comment<'_>> {
    let mut comments: Vec<Comment<'_>> = Vec::new();
    if !text.contains(MARK) {
        return comments;
    }
    let mut document = Position { source, line: 1, column: 1 };
    // The comments of the current document begin here.
    let mut own = 0;
    let mut is_empty = true;
    for (line, number) in text.lines().zip(1..) {
        if line == "---" || line.starts_with("--- ") {
            // Comments above the first document are part of it.
            if !is_empty {
                end(&mut comments[own..], number - 1);
                own = comments.len();
                document = Position { source, line: number, column: 1 };
            }
            is_empty = true;
            continue;
        }
        let content = line.trim_start();
        is_empty &= content.is_empty() || content.starts_with('#');
        let Some(at) = line.find(MARK) else { continue };
        let before = &line[..at];
        if before.is_empty() || before.ends_with([' ', '\t']) {
            let column = u32::try_from(before.chars().count() + 1).unwrap_or(u32::MAX);
            let position = Position { source, line: number, column };
            comments.push(Comment { position, text: line[at + MARK.len()..].trim(), document, last_line: u32::MAX });
        }
    }
    comments
}

fn end(comments: &mut [Comment<'_>], last_line: u32) {
    for comment in comments {
        comment.last_line = last_line;
    }
}

#[cfg(test)]
mod tests {
    use super::comments;

    fn found(text: &str) -> Vec<(u32, u32, &str, u32, u32)> {
        let comments = comments(text, 0).into_iter();
        comments.map(|it| (it.position.line, it.position.column, it.text, it.document.line, it.last_line)).collect()
    }

    #[test]
    fn a_comment_belongs_to_its_document() {
        let text = "# graceful: a\n---\na: 1 # graceful: b\r\n---\n# graceful: c\nb: 2\n--- # d\nc: 3\n";
        assert_eq!(found(text), [(1, 1, "a", 1, 3), (3, 6, "b", 1, 3), (5, 1, "c", 4, 6)]);
        assert_eq!(found("FROM scratch\n  # graceful: a  \n"), [(2, 3, "a", 1, u32::MAX)]);
    }

    #[test]
    fn what_is_none() {
        assert_eq!(found("a: b# graceful: a\n#graceful: b\n# gracefully: c\n"), []);
    }
}
