/// The format in which the final report is written to standard error, when the shutdown was not clean.
///
/// Without one it is [`Text`](Self::Text) if standard error is a terminal, and otherwise [`Json`](Self::Json), because a log
/// pipeline makes a record of each line. The variable `GRACEFUL_REPORT` overrides it.
///
/// ```
/// # mod graceful { pub use graceful_core::ReportFormat; }
/// use graceful::ReportFormat;
///
/// assert_eq!("json".parse(), Ok(ReportFormat::Json));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReportFormat {
    /// No report. What a forced exit has interrupted is still said, in one line.
    Off,
    /// A picture of several lines and at most 80 columns.
    Text,
    /// One line of JSON.
    Json,
}

impl ReportFormat {
    /// All formats.
    #[doc(hidden)]
    pub const ALL: [Self; 3] = [Self::Off, Self::Text, Self::Json];

    /// The word for it in `GRACEFUL_REPORT`.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}
