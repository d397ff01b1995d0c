//! Reads records from a section of a binary, which may be damaged or hostile.

use std::fmt;
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::{Handler, HealthCheck, Main, Run, Socket, VERSION};
use crate::phase::HandlerPhase;
use crate::text::escape;

/// A longer line is not a record.
const MAX_LENGTH: usize = 64 << 10;

/// How many bytes of an unreadable record are shown.
const MAX_SHOWN: usize = 60;

/// A record of any kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// `#[graceful::main]`
    Main(Main),
    /// `#[on_shutdown]`
    Handler(Handler),
    /// `#[health_check]`
    HealthCheck(HealthCheck),
    /// `Config::run`, or another function that runs the shutdown.
    Run(Run),
    /// `graceful::sockets::tcp!`, or another macro of that module.
    Socket(Socket),
}

/// The records of a section, in the order in which the linker has put them there.
pub fn read(section: &[u8]) -> impl Iterator<Item = Result<Record, Unreadable<'_>>> {
    lines(section).map(|line| parse(line).map_err(|why| Unreadable { line, why }))
}

/// The lines of a section. Linkers may put zeros between them.
fn lines(section: &[u8]) -> impl Iterator<Item = &[u8]> {
    section.split(|&byte| byte == b'\n' || byte == 0).filter(|line| !line.is_empty())
}

fn parse(line: &[u8]) -> Result<Record, Why> {
    if line.len() > MAX_LENGTH {
        return Err(Why::TooLong);
    }
    let head: Head = serde_json::from_slice(line)?;
    match &*head.kind {
        _ if head.graceful != VERSION => Err(Why::UnknownVersion(head.graceful)),
        "main" => Ok(Record::Main(serde_json::from_slice(line)?)),
        "handler" => Ok(Record::Handler(serde_json::from_slice(line)?)),
        "health_check" => Ok(Record::HealthCheck(serde_json::from_slice(line)?)),
        "run" => Ok(Record::Run(serde_json::from_slice(line)?)),
        "socket" => Ok(Record::Socket(serde_json::from_slice(line)?)),
        _ => Err(Why::UnknownKind),
    }
}

/// What is in records of every version.
#[derive(Deserialize)]
struct Head {
    graceful: u64,
    #[serde(default)]
    kind: String,
}

pub(super) fn millis<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    Option::<u64>::deserialize(deserializer).map(|millis| millis.map(Duration::from_millis))
}

pub(super) fn phase<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HandlerPhase, D::Error> {
    const LABELS: [&str; 4] = [
        HandlerPhase::LameDuck.label(),
        HandlerPhase::Drain.label(),
        HandlerPhase::Teardown.label(),
        HandlerPhase::Flush.label(),
    ];

    let label = String::deserialize(deserializer)?;
    let phase = HandlerPhase::ALL.into_iter().find(|phase| phase.label() == label);
    phase.ok_or_else(|| D::Error::unknown_variant(&label, &LABELS))
}

/// A record that cannot be read.
///
/// Its `Display` is one line, with the beginning of the record.
#[derive(Debug)]
pub struct Unreadable<'a> {
    line: &'a [u8],
    why: Why,
}

#[derive(Debug)]
enum Why {
    TooLong,
    Broken(serde_json::Error),
    UnknownVersion(u64),
    UnknownKind,
}

impl From<serde_json::Error> for Why {
    fn from(error: serde_json::Error) -> Self {
        Self::Broken(error)
    }
}

impl fmt::Display for Unreadable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record is left out, ")?;
        match &self.why {
            Why::TooLong => f.write_str("it is too long")?,
            Why::Broken(error) => write!(f, "it is broken ({})", escape(&error.to_string()))?,
            Why::UnknownVersion(version) => {
                write!(f, "its version {version} is not known here (update cargo-graceful)")?;
            }
            Why::UnknownKind => f.write_str("its kind is not known here (update cargo-graceful)")?,
        }
        let shown = self.line.get(..MAX_SHOWN).unwrap_or(self.line);
        let more = if shown.len() < self.line.len() { "…" } else { "" };
        write!(f, ": {}{more}", escape(&String::from_utf8_lossy(shown)))
    }
}

impl std::error::Error for Unreadable<'_> {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::piece::{self, Named, Piece};
    use crate::record::{After, Constants, Line, SocketKind};

    const MAIN: &str = r#"{"graceful":1,"kind":"main","crate":"app","grace_period_ms":20000,"lame_duck_ms":null,"signals":["SIGTERM"],"probes":"[::]:8081","file":"src/main.rs","line":9}"#;
    const HANDLER: &str = r#"{"graceful":1,"kind":"handler","name":null,"function":"close","module":"app::db","priority":-7,"timeout_ms":1500,"phase":"drain","file":"src/db.rs","line":3}"#;
    const CHECK: &str = r#"{"graceful":1,"kind":"health_check","name":"db","function":"ping","module":"app::db","timeout_ms":null,"file":"src/db.rs","line":7}"#;

    const SOCKET: &str = r#"{"graceful":1,"kind":"socket","module":"app::http","name":"http","type":"tcp","address":"[::]:80","file":"src/http.rs","line":7}"#;

    fn read(section: &str) -> Vec<Result<Record, String>> {
        super::read(section.as_bytes()).map(|record| record.map_err(|error| error.to_string())).collect()
    }

    #[test]
    fn records_of_each_kind() {
        let records = read(&format!("{MAIN}\n\0\0\0{HANDLER}\n{CHECK}\n\0"));
        let [Ok(Record::Main(main)), Ok(Record::Handler(handler)), Ok(Record::HealthCheck(check))] = &records[..]
        else {
            panic!("{records:?}")
        };
        assert_eq!(main.grace_period, Some(Duration::from_secs(20)));
        assert_eq!((main.lame_duck, main.drain_timeout), (None, None));
        assert_eq!(main.probes, Some("[::]:8081".parse().unwrap()));
        assert_eq!((handler.phase, handler.timeout), (HandlerPhase::Drain, Some(Duration::from_millis(1_500))));
        assert_eq!((check.name.as_deref(), check.timeout), (Some("db"), None));
    }

    #[test]
    fn the_record_of_the_runtime() {
        let records = read("{\"graceful\":1,\"kind\":\"run\",\"module\":\"graceful_runtime::run\"}\n");
        assert_eq!(records, [Ok(Record::Run(Run { module: "graceful_runtime::run".to_owned() }))]);
    }

    #[test]
    fn the_record_of_a_socket() {
        let of = |text: &str, label: &str| SOCKET.replace("tcp", label).replace(",\"address\":\"[::]:80\"", text);
        for kind in [SocketKind::Tcp, SocketKind::Unix, SocketKind::Udp] {
            for (text, address) in
                [("", None), (",\"address\":null", None), (",\"address\":\"/run/a\"", Some("/run/a".to_owned()))]
            {
                let [name, module, file] = ["http", "app::http", "src/http.rs"].map(str::to_owned);
                let socket = Socket { name, kind, address, module, file, line: 7 };
                assert_eq!(read(&of(text, kind.label())), [Ok(Record::Socket(socket))]);
            }
        }
    }

    #[test]
    fn members_that_are_not_known_yet_do_no_harm() {
        let line = HANDLER.replace("\"priority\"", "\"weight\":{\"a\":[1,2]},\"priority\"");
        assert!(matches!(&read(&line)[..], [Ok(Record::Handler(_))]));
    }

    #[test]
    fn what_cannot_be_read_is_told_in_one_line() {
        for (line, why) in [
            (HANDLER.replace(":1,", ":2,"), "its version 2 is not known here"),
            (HANDLER.replace("\"handler\"", "\"timer\""), "its kind is not known here"),
            (
                HANDLER.replace("\"drain\"", "\"nap\""),
                "it is broken (unknown variant `nap`, expected one of `lame_duck`, `drain`, `teardown`, `flush`",
            ),
            (HANDLER.replace("1500", "-1"), "it is broken (invalid value"),
            (HANDLER.replace("-7", "3000000000"), "it is broken (invalid value"),
            (HANDLER.replace("}", ""), "it is broken (EOF"),
            (
                SOCKET.replace("tcp", "vsock"),
                "it is broken (unknown variant `vsock`, expected one of `tcp`, `unix`, `udp`",
            ),
            (MAIN.replace("[::]:8081", "everywhere"), "it is broken (invalid socket address"),
            ("\u{1b}[31mred".to_owned(), "it is broken (expected value"),
            (HANDLER.replace("close", &"x".repeat(1 << 16)), "it is too long"),
        ] {
            let records = read(&format!("{line}\n{CHECK}\n"));
            let [Err(error), Ok(Record::HealthCheck(_))] = &records[..] else { panic!("{records:?}") };
            assert!(error.contains(why), "{error}");
            assert!(!error.contains(char::is_control), "{error}");
        }
    }

    /// What the linker has in its section.
    fn section(Line { head, tail, .. }: Line, module: &str) -> String {
        format!("{head}{module}{tail}")
    }

    /// What the compiler puts there.
    fn section_with(line: &Line, module: &str, constants: Vec<Piece<'_>>) -> String {
        let constants = constants.into_iter().zip(&line.after_constants);
        let after = constants.flat_map(|(constant, text)| [constant, Piece::Text(text)]);
        let pieces: Vec<_> = [&*line.head, module, &*line.tail].map(Piece::Text).into_iter().chain(after).collect();
        let mut record = vec![0; piece::length(&pieces)];
        piece::write(&pieces, &mut record);
        String::from_utf8(record).unwrap()
    }

    fn any_millis() -> impl Strategy<Value = Option<Duration>> {
        proptest::option::of(any::<u64>().prop_map(Duration::from_millis))
    }

    proptest! {
        #[test]
        fn a_main_is_read_as_it_was_written(
            (grace_period, lame_duck, drain_timeout) in (any_millis(), any_millis(), any_millis()),
            (handler_timeout, heartbeat_timeout, health_cache) in (any_millis(), any_millis(), any_millis()),
            signals in proptest::option::of(proptest::collection::vec(any::<String>(), 0..3)),
            probes in proptest::option::of(any::<std::net::SocketAddrV4>().prop_map(Into::into)),
            (systemd, file, line) in any::<(bool, String, u32)>(),
        ) {
            let module = "app".to_owned();
            let main = Main {
                module, grace_period, lame_duck, drain_timeout, handler_timeout, heartbeat_timeout, health_cache, signals,
                probes, systemd, file, line,
            };
            prop_assert_eq!(read(&section(main.to_line(), &main.module)), [Ok(Record::Main(main))]);
        }

        #[test]
        fn a_handler_is_read_as_it_was_written(
            name in proptest::option::of(any::<String>()),
            function in any::<String>(),
            priority in any::<i32>(),
            timeout in any_millis(),
            phase in proptest::sample::select(&HandlerPhase::ALL[..]),
            file in any::<String>(),
            line in any::<u32>(),
        ) {
            let module = "app::db".to_owned();
            let handler = Handler { name, function, module, priority, timeout, phase, after: Vec::new(), file, line };
            let line = handler.to_line(Constants::default());
            prop_assert_eq!(read(&section(line, &handler.module)), [Ok(Record::Handler(handler))]);
        }

        #[test]
        fn a_handler_with_constants_is_read_as_the_compiler_wrote_it(priority in any::<i32>(), millis in any::<u64>()) {
            let module = "app::db".to_owned();
            let timeout = Duration::from_millis(millis);
            let handler = Handler { function: "close".to_owned(), module, ..Handler::default() };
            for (constants, pieces, priority, timeout) in [
                (Constants { priority: true, ..Constants::default() }, vec![Piece::Integer(priority)], priority, None),
                (Constants { timeout: true, ..Constants::default() }, vec![Piece::Millis(timeout)], 0, Some(timeout)),
                (
                    Constants { priority: true, timeout: true, after: false },
                    vec![Piece::Integer(priority), Piece::Millis(timeout)],
                    priority,
                    Some(timeout),
                ),
            ] {
                let section = section_with(&handler.to_line(constants), &handler.module, pieces);
                prop_assert_eq!(read(&section), [Ok(Record::Handler(Handler { priority, timeout, ..handler.clone() }))]);
            }
        }

        #[test]
        fn the_handlers_before_it_are_read_as_the_compiler_wrote_them(
            (priority, path, location) in (any::<i32>(), "\\PC*", "\\PC*"),
        ) {
            let handler = Handler { function: "close".to_owned(), module: "app".to_owned(), priority, ..Handler::default() };
            let named = Named { path: &path, location: &location };
            let constants = Constants { after: true, priority: true, ..Constants::default() };
            let pieces = vec![Piece::Integer(priority), Piece::After(std::slice::from_ref(&named))];
            let section = section_with(&handler.to_line(constants), &handler.module, pieces);
            let after = vec![After { path, location }];
            prop_assert_eq!(read(&section), [Ok(Record::Handler(Handler { after, ..handler }))]);
        }

        #[test]
        fn a_health_check_is_read_as_it_was_written(
            name in proptest::option::of(any::<String>()),
            function in any::<String>(),
            timeout in any_millis(),
            file in any::<String>(),
            line in any::<u32>(),
        ) {
            let module = "app".to_owned();
            let check = HealthCheck { name, function, module, timeout, file, line };
            prop_assert_eq!(read(&section(check.to_line(), &check.module)), [Ok(Record::HealthCheck(check))]);
        }
    }
}
