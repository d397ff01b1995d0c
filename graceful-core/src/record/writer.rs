//! Writes records.

use std::time::Duration;

use super::{Constants, Handler, HealthCheck, Main, VERSION};
use crate::json::write_string;

/// Where the value of a constant goes. JSON as it is written here has no such character.
const CONSTANT: char = '\0';

/// A record in parts, to be concatenated with the module's path between head and tail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Up to the path.
    pub head: String,
    /// From the path to the first constant, or to the end of the line.
    pub tail: String,
    /// What comes after each constant.
    pub after_constants: Vec<String>,
}

impl Line {
    /// `before` and `after` have the members on both sides of the module, whose member is called `module`.
    fn new(before: Members, module: &str, after: Members) -> Self {
        let tail = format!("\",{}}}\n", after.0);
        let mut parts = tail.split(CONSTANT).map(str::to_owned);
        Self {
            head: format!("{{{}\"", before.name(module).0),
            tail: parts.next().unwrap_or_default(),
            after_constants: parts.collect(),
        }
    }
}

impl Main {
    /// The record, without the module.
    #[must_use]
    pub fn to_line(&self) -> Line {
        let after = Members::default()
            .millis("grace_period_ms", self.grace_period)
            .millis("lame_duck_ms", self.lame_duck)
            .millis("drain_timeout_ms", self.drain_timeout)
            .millis("handler_timeout_ms", self.handler_timeout)
            .millis("heartbeat_timeout_ms", self.heartbeat_timeout)
            .millis("health_cache_ms", self.health_cache)
            .strings("signals", self.signals.as_deref())
            .optional_string("probes", self.probes.map(|probes| probes.to_string()).as_deref());
        let after = if self.systemd { after.raw("systemd", "true") } else { after };
        let after = after.location(&self.file, self.line);
        Line::new(Members::of_kind("main"), "crate", after)
    }
}

impl Handler {
    /// The record, without the module and without the values of constants.
    #[must_use]
    pub fn to_line(&self, constants: Constants) -> Line {
        let before = Members::of_function("handler", self.name.as_deref(), &self.function);
        let after = Members::default();
        let after = match constants.priority {
            true => after.constant("priority"),
            false => after.raw("priority", &self.priority.to_string()),
        };
        let after = match constants.timeout {
            true => after.constant("timeout_ms"),
            false => after.millis("timeout_ms", self.timeout),
        };
        let after = if constants.after { after.constant("after") } else { after };
        let after = after.string("phase", self.phase.label()).location(&self.file, self.line);
        Line::new(before, "module", after)
    }
}

impl HealthCheck {
    /// The record, without the module.
    #[must_use]
    pub fn to_line(&self) -> Line {
        let before = Members::of_function("health_check", self.name.as_deref(), &self.function);
        let after = Members::default().millis("timeout_ms", self.timeout).location(&self.file, self.line);
        Line::new(before, "module", after)
    }
}

/// Members of a JSON object, in the order in which they were added.
#[derive(Default)]
struct Members(String);

impl Members {
    fn of_kind(kind: &str) -> Self {
        Self::default().raw("graceful", &VERSION.to_string()).string("kind", kind)
    }

    fn of_function(kind: &str, name: Option<&str>, function: &str) -> Self {
        Self::of_kind(kind).optional_string("name", name).string("function", function)
    }

    /// The name of a member, whose value is to follow.
    fn name(mut self, name: &str) -> Self {
        if !self.0.is_empty() {
            self.0.push(',');
        }
        let _ = write_string(&mut self.0, name);
        self.0.push(':');
        self
    }

    fn string(self, name: &str, value: &str) -> Self {
        let mut members = self.name(name);
        let _ = write_string(&mut members.0, value);
        members
    }

    fn optional_string(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.string(name, value),
            None => self.raw(name, "null"),
        }
    }

    fn strings(self, name: &str, values: Option<&[String]>) -> Self {
        let Some(values) = values else { return self.raw(name, "null") };
        let mut array = String::from("[");
        for (i, value) in values.iter().enumerate() {
            if i > 0 {
                array.push(',');
            }
            let _ = write_string(&mut array, value);
        }
        self.raw(name, &format!("{array}]"))
    }

    /// Milliseconds, rounded up: what is not zero does not become zero.
    fn millis(self, name: &str, duration: Option<Duration>) -> Self {
        let millis = duration.map(|duration| duration.as_nanos().div_ceil(1_000_000).to_string());
        self.raw(name, millis.as_deref().unwrap_or("null"))
    }

    /// Where the function is.
    fn location(self, file: &str, line: u32) -> Self {
        self.string("file", file).raw("line", &line.to_string())
    }

    /// A member whose value the compiler writes.
    fn constant(self, name: &str) -> Self {
        let mut members = self.name(name);
        members.0.push(CONSTANT);
        members
    }

    /// `value` is JSON already.
    fn raw(self, name: &str, value: &str) -> Self {
        let mut members = self.name(name);
        members.0.push_str(value);
        members
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phase::HandlerPhase;

    #[test]
    fn escapes() {
        let members = Members::default().string("file", r"src\main.rs").string("name", "say \"hi\"\n\0\u{85}é🦀");
        assert_eq!(members.0, "\"file\":\"src\\\\main.rs\",\"name\":\"say \\\"hi\\\"\\u000a\\u0000\\u0085é🦀\"");
    }

    #[test]
    fn head_and_tail_meet_around_the_module() {
        let handler = Handler {
            function: "close".to_owned(),
            priority: -1,
            phase: HandlerPhase::Drain,
            file: "src/db.rs".to_owned(),
            line: 3,
            ..Handler::default()
        };
        let Line { head, tail, after_constants } = handler.to_line(Constants::default());
        assert!(after_constants.is_empty());
        assert_eq!(
            format!("{head}app::db{tail}"),
            "{\"graceful\":1,\"kind\":\"handler\",\"name\":null,\"function\":\"close\",\"module\":\"app::db\",\
             \"priority\":-1,\"timeout_ms\":null,\"phase\":\"drain\",\"file\":\"src/db.rs\",\"line\":3}\n"
        );
    }

    #[test]
    fn the_compiler_writes_constants() {
        let handler = Handler { function: "close\0".to_owned(), ..Handler::default() };
        let line = |priority, timeout| handler.to_line(Constants { priority, timeout, after: false });
        assert_eq!(line(true, false).tail, "\",\"priority\":");
        assert!(line(true, false).after_constants[0].starts_with(",\"timeout_ms\":null,\"phase\":"));
        assert!(line(false, true).tail.ends_with("\"priority\":0,\"timeout_ms\":"));
        assert_eq!(line(true, true).after_constants.len(), 2);
        let after = handler.to_line(Constants { after: true, ..Constants::default() });
        assert!(after.tail.ends_with(",\"timeout_ms\":null,\"after\":"), "{}", after.tail);
    }

    #[test]
    fn millis_round_up() {
        let members = Members::default()
            .millis("a", None)
            .millis("b", Some(Duration::ZERO))
            .millis("c", Some(Duration::from_nanos(1)))
            .millis("d", Some(Duration::from_secs(30)));
        assert_eq!(members.0, "\"a\":null,\"b\":0,\"c\":1,\"d\":30000");
    }

    #[test]
    fn lists() {
        let both = ["x".to_owned(), "y".to_owned()];
        let members = Members::default().strings("a", None).strings("b", Some(&[])).strings("c", Some(&both));
        assert_eq!(members.0, "\"a\":null,\"b\":[],\"c\":[\"x\",\"y\"]");
    }
}
