//! The records: lines of JSON that the attributes have written into the link section.

use std::net::SocketAddr;
use std::time::Duration;

use graceful_runtime::__private::foreign::escape;
use graceful_runtime::HandlerPhase;
use serde::{Deserialize, Deserializer};

use crate::warnings::Warnings;

/// The version of the records that is understood here.
const VERSION: u64 = 1;

/// What is longer is no record.
const LONGEST: usize = 64 << 10;

/// So much of a record that can't be read is shown.
const SHOWN: usize = 60;

/// All records of one program.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Records {
    pub(crate) mains: Vec<Main>,
    pub(crate) handlers: Vec<Handler>,
    pub(crate) checks: Vec<Check>,
}

/// `#[graceful::main]`: what is absent is not set in the source.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) struct Main {
    #[serde(rename = "crate")]
    pub(crate) krate: String,
    #[serde(default, rename = "grace_period_ms", deserialize_with = "millis")]
    pub(crate) grace_period: Option<Duration>,
    #[serde(default, rename = "lame_duck_ms", deserialize_with = "millis")]
    pub(crate) lame_duck: Option<Duration>,
    #[serde(default, rename = "drain_timeout_ms", deserialize_with = "millis")]
    pub(crate) drain_timeout: Option<Duration>,
    #[serde(default, rename = "handler_timeout_ms", deserialize_with = "millis")]
    pub(crate) handler_timeout: Option<Duration>,
    pub(crate) signals: Option<Vec<String>>,
    pub(crate) probes: Option<SocketAddr>,
    pub(crate) file: String,
    pub(crate) line: u32,
}

/// `#[on_shutdown]`
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) struct Handler {
    pub(crate) name: Option<String>,
    pub(crate) function: String,
    pub(crate) module: String,
    pub(crate) priority: i32,
    #[serde(default, rename = "timeout_ms", deserialize_with = "millis")]
    pub(crate) timeout: Option<Duration>,
    #[serde(deserialize_with = "phase")]
    pub(crate) phase: HandlerPhase,
    pub(crate) file: String,
    pub(crate) line: u32,
}

/// `#[health_check]`
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) struct Check {
    pub(crate) name: Option<String>,
    pub(crate) function: String,
    pub(crate) module: String,
    #[serde(default, rename = "timeout_ms", deserialize_with = "millis")]
    pub(crate) timeout: Option<Duration>,
    pub(crate) file: String,
    pub(crate) line: u32,
}

/// What stands in records of every version.
#[derive(Deserialize)]
struct Head {
    graceful: u64,
    #[serde(default)]
    kind: String,
}

fn millis<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    Option::<u64>::deserialize(deserializer).map(|millis| millis.map(Duration::from_millis))
}

fn phase<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HandlerPhase, D::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Phase {
        Drain,
        Teardown,
    }

    Phase::deserialize(deserializer).map(|phase| match phase {
        Phase::Drain => HandlerPhase::Drain,
        Phase::Teardown => HandlerPhase::Teardown,
    })
}

/// The lines of a section. Linkers may put zeros between them.
fn lines(section: &[u8]) -> impl Iterator<Item = &[u8]> {
    section.split(|&byte| byte == b'\n' || byte == 0).filter(|line| !line.is_empty())
}

/// Whatever can be understood, sorted: linkers may put the records in any order. What can't be understood is told in
/// `warnings`, and left out.
pub(crate) fn parse(section: &[u8], warnings: &mut Warnings) -> Records {
    let mut records = Records::default();
    for line in lines(section) {
        if let Err(why) = add(&mut records, line) {
            warnings.add(|| left_out(line, &why));
        }
    }
    records.mains.sort_unstable();
    records.handlers.sort_unstable();
    records.checks.sort_unstable();
    records
}

/// Why a record is left out.
enum Unread {
    Long,
    Broken(serde_json::Error),
    Version(u64),
    Kind,
}

impl From<serde_json::Error> for Unread {
    fn from(error: serde_json::Error) -> Self {
        Self::Broken(error)
    }
}

fn add(records: &mut Records, line: &[u8]) -> Result<(), Unread> {
    if line.len() > LONGEST {
        return Err(Unread::Long);
    }
    let head: Head = serde_json::from_slice(line)?;
    match &*head.kind {
        _ if head.graceful != VERSION => return Err(Unread::Version(head.graceful)),
        "main" => records.mains.push(serde_json::from_slice(line)?),
        "handler" => records.handlers.push(serde_json::from_slice(line)?),
        "health_check" => records.checks.push(serde_json::from_slice(line)?),
        _ => return Err(Unread::Kind),
    }
    Ok(())
}

fn left_out(line: &[u8], why: &Unread) -> String {
    let why = match why {
        Unread::Long => "it is too long".to_owned(),
        Unread::Broken(error) => format!("it is broken ({})", escape(&error.to_string())),
        Unread::Version(version) => format!("its version {version} is not known here (update cargo-graceful)"),
        Unread::Kind => "its kind is not known here (update cargo-graceful)".to_owned(),
    };
    let shown = line.get(..SHOWN).unwrap_or(line);
    let more = if shown.len() < line.len() { "…" } else { "" };
    format!("a record is left out, {why}: {}{more}", escape(&String::from_utf8_lossy(shown)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIN: &str = r#"{"graceful":1,"kind":"main","crate":"app","grace_period_ms":20000,"lame_duck_ms":null,"signals":["SIGTERM"],"probes":"[::]:8081","file":"src/main.rs","line":9}"#;
    const HANDLER: &str = r#"{"graceful":1,"kind":"handler","name":null,"function":"close","module":"app::db","priority":-7,"timeout_ms":1500,"phase":"drain","file":"src/db.rs","line":3}"#;
    const CHECK: &str = r#"{"graceful":1,"kind":"health_check","name":"db","function":"ping","module":"app::db","timeout_ms":null,"file":"src/db.rs","line":7}"#;

    fn parse(section: &str) -> (Records, Vec<String>) {
        let mut warnings = Warnings::default();
        let records = super::parse(section.as_bytes(), &mut warnings);
        (records, warnings.into_lines())
    }

    #[test]
    fn records_of_each_kind() {
        let (records, warnings) = parse(&format!("{MAIN}\n\0\0\0{HANDLER}\n{CHECK}\n\0"));
        assert_eq!(warnings, [""; 0]);
        let [main] = &records.mains[..] else { panic!("{records:?}") };
        assert_eq!(main.grace_period, Some(Duration::from_secs(20)));
        assert_eq!((main.lame_duck, main.drain_timeout), (None, None));
        assert_eq!(main.probes, Some("[::]:8081".parse().unwrap()));
        let [handler] = &records.handlers[..] else { panic!("{records:?}") };
        assert_eq!((handler.phase, handler.timeout), (HandlerPhase::Drain, Some(Duration::from_millis(1_500))));
        assert_eq!(records.checks.len(), 1);
    }

    #[test]
    fn members_that_are_not_known_yet_do_no_harm() {
        let line = HANDLER.replace("\"priority\"", "\"weight\":{\"a\":[1,2]},\"priority\"");
        let (records, warnings) = parse(&line);
        assert_eq!((records.handlers.len(), warnings.len()), (1, 0));
    }

    #[test]
    fn what_cannot_be_read_is_a_warning() {
        for (line, why) in [
            (HANDLER.replace(":1,", ":2,"), "its version 2 is not known here"),
            (HANDLER.replace("\"handler\"", "\"timer\""), "its kind is not known here"),
            (HANDLER.replace("\"drain\"", "\"nap\""), "it is broken (unknown variant `nap`"),
            (HANDLER.replace("1500", "-1"), "it is broken (invalid value"),
            (HANDLER.replace("-7", "3000000000"), "it is broken (invalid value"),
            (HANDLER.replace("}", ""), "it is broken (EOF"),
            (MAIN.replace("[::]:8081", "everywhere"), "it is broken (invalid socket address"),
            ("\u{1b}[31mred".to_owned(), "it is broken (expected value"),
            (HANDLER.replace("close", &"x".repeat(1 << 16)), "it is too long"),
        ] {
            let (records, warnings) = parse(&format!("{line}\n{CHECK}\n"));
            assert_eq!((records.handlers.len(), records.mains.len(), records.checks.len()), (0, 0, 1), "{line}");
            let [warning] = &warnings[..] else { panic!("{warnings:?}") };
            assert!(warning.contains(why), "{warning}");
            assert!(!warning.contains(char::is_control), "{warning}");
        }
    }

    #[test]
    fn not_more_warnings_than_can_be_read() {
        let (_, warnings) = parse(&"x\n".repeat(1_000));
        assert_eq!(warnings.len(), 9);
        assert_eq!(warnings[8], "… and 992 more");
    }
}
