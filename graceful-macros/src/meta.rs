//! Lines of JSON for the link section `graceful_meta`.

use std::fmt::Write as _;
use std::time::Duration;

use proc_macro2::Span;

/// Members of a JSON object, in the order in which they were added.
#[derive(Default)]
pub(crate) struct Members(String);

impl Members {
    /// The name of a member, for a value that follows by other means.
    pub(crate) fn name(mut self, name: &str) -> Self {
        if !self.0.is_empty() {
            self.0.push(',');
        }
        write_string(&mut self.0, name);
        self.0.push(':');
        self
    }

    pub(crate) fn string(self, name: &str, value: &str) -> Self {
        let mut members = self.name(name);
        write_string(&mut members.0, value);
        members
    }

    pub(crate) fn optional_string(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.string(name, value),
            None => self.raw(name, "null"),
        }
    }

    pub(crate) fn strings(self, name: &str, values: Option<Vec<&str>>) -> Self {
        let Some(values) = values else { return self.raw(name, "null") };
        let mut array = String::from("[");
        for (i, value) in values.into_iter().enumerate() {
            if i > 0 {
                array.push(',');
            }
            write_string(&mut array, value);
        }
        self.raw(name, &format!("{array}]"))
    }

    pub(crate) fn number(self, name: &str, value: impl Into<i64>) -> Self {
        self.raw(name, &value.into().to_string())
    }

    /// Milliseconds, rounded up: what is not zero does not become zero.
    pub(crate) fn millis(self, name: &str, duration: Option<Duration>) -> Self {
        let millis = duration.map(|duration| duration.as_nanos().div_ceil(1_000_000).to_string());
        self.raw(name, millis.as_deref().unwrap_or("null"))
    }

    /// `value` is JSON already.
    pub(crate) fn raw(self, name: &str, value: &str) -> Self {
        let mut members = self.name(name);
        members.0.push_str(value);
        members
    }

    /// Where the item stands.
    pub(crate) fn location(self, span: Span) -> Self {
        self.string("file", &span.file()).raw("line", &span.start().line.to_string())
    }

    /// The text up to a string that `module_path!()` fills.
    pub(crate) fn head(self, name: &str) -> String {
        format!("{{{}\"", self.name(name).0)
    }

    /// The text from behind that string.
    pub(crate) fn tail(self) -> String {
        format!("\",{}}}\n", self.0)
    }
}

fn write_string(json: &mut String, text: &str) {
    json.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => json.extend(['\\', c]),
            // Lines are what separates records.
            c if c.is_control() => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(json, "\\u{unit:04x}");
                }
            }
            c => json.push(c),
        }
    }
    json.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes() {
        let members = Members::default().string("file", r"src\main.rs").string("name", "say \"hi\"\n\0\u{85}é🦀");
        assert_eq!(
            members.tail(),
            "\",\"file\":\"src\\\\main.rs\",\"name\":\"say \\\"hi\\\"\\u000a\\u0000\\u0085é🦀\"}\n"
        );
    }

    #[test]
    fn head_and_tail_meet_around_the_module() {
        let head = Members::default().number("graceful", 1).head("module");
        let tail = Members::default().number("priority", -1).tail();
        assert_eq!(format!("{head}app::db{tail}"), "{\"graceful\":1,\"module\":\"app::db\",\"priority\":-1}\n");
    }

    #[test]
    fn millis_round_up() {
        let members = Members::default()
            .millis("a", None)
            .millis("b", Some(Duration::ZERO))
            .millis("c", Some(Duration::from_nanos(1)))
            .millis("d", Some(Duration::from_secs(30)));
        assert_eq!(members.tail(), "\",\"a\":null,\"b\":0,\"c\":1,\"d\":30000}\n");
    }

    #[test]
    fn lists() {
        let members =
            Members::default().strings("a", None).strings("b", Some(vec![])).strings("c", Some(vec!["x", "y"]));
        assert_eq!(members.tail(), "\",\"a\":null,\"b\":[],\"c\":[\"x\",\"y\"]}\n");
    }
}
