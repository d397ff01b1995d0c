//! The lines of a file, and the templates that they were rendered from.

/// The lines of a text, numbered from 1.
#[derive(Debug)]
pub(crate) struct Lines<'a> {
    text: &'a str,
    /// Where each line begins.
    starts: Vec<usize>,
    /// The lines from which another template's text begins, with the template's path.
    templates: Vec<(usize, Option<&'a str>)>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let mut starts = Vec::new();
        let mut templates = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            starts.push(start);
            start += line.len();
            // `helm template` writes the comment below the beginning of each document.
            if line.starts_with("---") {
                templates.push((starts.len(), None));
            } else if let Some(path) = line.strip_prefix("# Source: ") {
                templates.push((starts.len(), Some(path.trim())));
            }
        }
        Self { text, starts, templates }
    }

    /// The line without its end.
    pub(crate) fn line(&self, number: usize) -> Option<&'a str> {
        let start = *self.starts.get(number.checked_sub(1)?)?;
        self.text.get(start..)?.lines().next()
    }

    /// The path of the template that the line was rendered from, as `helm template` writes it.
    pub(crate) fn template(&self, number: usize) -> Option<&'a str> {
        let after = self.templates.partition_point(|(line, _)| *line <= number);
        self.templates.get(after.checked_sub(1)?)?.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_has_its_template() {
        let lines = Lines::new("a: 1\n---\n# Source: chart/templates/b.yaml\nb: 1\r\n---\nc: 1");
        let expected = [(1, "a: 1", None), (4, "b: 1", Some("chart/templates/b.yaml")), (6, "c: 1", None)];
        for (number, line, template) in expected {
            assert_eq!((lines.line(number), lines.template(number)), (Some(line), template));
        }
        assert_eq!((lines.line(0), lines.line(7), lines.template(0)), (None, None, None));
    }
}
