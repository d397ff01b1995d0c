//! What a plan and a report call a handler.

use std::any::TypeId;
use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

/// What plan and report say of an annotated function. Made by code, which needs no relocation.
#[derive(Debug, Clone, Copy)]
pub struct Description {
    /// The attribute's `name`.
    pub name: Option<&'static str>,
    /// The function's path, with the crate.
    pub path: &'static str,
    /// File and line.
    pub location: &'static str,
    /// The types of which it takes all provided values.
    pub all_of: &'static [Option<fn() -> TypeId>],
    /// The line in section `graceful_meta`: referenced here, so that it is linked exactly when the function is.
    pub meta: &'static [u8],
}

impl Description {
    /// The attribute's `name`, or the function's path without the crate, as [`display_name`](crate::record::display_name).
    #[must_use]
    pub fn display_name(&self) -> &'static str {
        // Not with `split_once`: its searcher takes longer than everything else here.
        let end_of_crate = self.path.bytes().position(|byte| byte == b':').map_or(0, |end| end + 2);
        self.name.unwrap_or_else(|| self.path.get(end_of_crate..).unwrap_or(self.path))
    }
}

/// A text about a handler, or the function that describes it. Most shutdowns never read it: with many handlers their descriptions
/// would be read from as many places of the program, one after the other, before the first handler runs.
#[derive(Clone)]
pub enum Label {
    /// The text.
    Text(Cow<'static, str>),
    /// The description's name.
    Name(fn() -> Description),
    /// The description's location.
    Location(fn() -> Description),
}

impl Deref for Label {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Name(description) => description().display_name(),
            Self::Location(description) => description().location,
        }
    }
}

impl<T: Into<Cow<'static, str>>> From<T> for Label {
    fn from(text: T) -> Self {
        Self::Text(text.into())
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl PartialEq for Label {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Label {}

impl Hash for Label {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}
