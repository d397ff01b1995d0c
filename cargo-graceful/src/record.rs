//! The records of one program.

use graceful_core::record::{Handler, HealthCheck, Main, Record, Run, Socket, read};

use crate::warnings::Warnings;

/// All records of one program.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Records {
    pub(crate) mains: Vec<Main>,
    pub(crate) handlers: Vec<Handler>,
    pub(crate) checks: Vec<HealthCheck>,
    pub(crate) runs: Vec<Run>,
    pub(crate) sockets: Vec<Socket>,
}

impl Records {
    /// Reads all records of the section, and sorts them, because linkers may put them in any order. A record that
    /// cannot be read is left out, with a warning.
    pub(crate) fn new(section: &[u8], warnings: &mut Warnings) -> Self {
        let mut records = Self::default();
        for record in read(section) {
            match record {
                Ok(Record::Main(main)) => records.mains.push(main),
                Ok(Record::Handler(handler)) => records.handlers.push(handler),
                Ok(Record::HealthCheck(check)) => records.checks.push(check),
                Ok(Record::Run(run)) => records.runs.push(run),
                Ok(Record::Socket(socket)) => records.sockets.push(socket),
                Err(error) => warnings.add(|| error.to_string()),
            }
        }
        records.mains.sort_unstable();
        records.handlers.sort_unstable();
        records.checks.sort_unstable();
        records.runs.sort_unstable();
        records.sockets.sort_unstable();
        records
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHECK: &str = r#"{"graceful":1,"kind":"health_check","name":"db","function":"ping","module":"app::db","timeout_ms":null,"file":"src/db.rs","line":7}"#;

    fn parse(section: &str) -> (Records, Vec<String>) {
        let mut warnings = Warnings::default();
        let records = Records::new(section.as_bytes(), &mut warnings);
        (records, warnings.into_lines())
    }

    #[test]
    fn the_order_of_the_linker_does_not_matter() {
        let other = CHECK.replace("ping", "check");
        let (records, warnings) = parse(&format!("{CHECK}\n{other}\n"));
        assert_eq!((records.checks.len(), warnings.len()), (2, 0));
        assert_eq!(records, parse(&format!("{other}\n\0\0{CHECK}\n")).0);
    }

    #[test]
    fn what_cannot_be_read_is_a_warning() {
        let (records, warnings) = parse(&format!("{CHECK}\n{}\n", CHECK.replace(":1,", ":2,")));
        assert_eq!(records.checks.len(), 1);
        let [warning] = &warnings[..] else { panic!("{warnings:?}") };
        assert!(warning.starts_with("a record is left out, its version 2 is not known here"), "{warning}");
    }

    #[test]
    fn not_more_warnings_than_can_be_read() {
        let (_, warnings) = parse(&"x\n".repeat(1_000));
        assert_eq!(warnings.len(), 9);
        assert_eq!(warnings[8], "… and 992 more");
    }
}
