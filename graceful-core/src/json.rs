//! JSON as the crates write it themselves: the macros are compiled before any library for it, and a program that only needs
//! the report pays for none.

use std::fmt::{self, Write as _};

/// A JSON value. Its `Display` is JSON on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer.
    Number(i64),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object, with its members in this order.
    Object(Vec<(&'static str, Json)>),
}

impl Json {
    /// An array of what `make` returns for each item.
    #[must_use]
    pub fn list<T>(items: &[T], make: impl Fn(&T) -> Self) -> Self {
        Self::List(items.iter().map(make).collect())
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i32> for Json {
    fn from(number: i32) -> Self {
        Self::Number(number.into())
    }
}

impl From<u64> for Json {
    fn from(number: u64) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<T: Into<Self>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, T::into)
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let comma = |f: &mut fmt::Formatter<'_>, index| if index > 0 { f.write_char(',') } else { Ok(()) };
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => write_string(f, text),
            Self::List(values) => {
                f.write_char('[')?;
                for (index, value) in values.iter().enumerate() {
                    comma(f, index)?;
                    value.fmt(f)?;
                }
                f.write_char(']')
            }
            Self::Object(members) => {
                f.write_char('{')?;
                for (index, (name, value)) in members.iter().enumerate() {
                    comma(f, index)?;
                    write_string(f, name)?;
                    f.write_char(':')?;
                    value.fmt(f)?;
                }
                f.write_char('}')
            }
        }
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Json {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_none(),
            Self::Bool(value) => value.serialize(serializer),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => text.serialize(serializer),
            Self::List(values) => values.serialize(serializer),
            Self::Object(members) => serializer.collect_map(members.iter().map(|(name, value)| (name, value))),
        }
    }
}

/// Writes a JSON string. Control characters are escaped, so it stays on one line.
pub(crate) fn write_string(json: &mut impl fmt::Write, text: &str) -> fmt::Result {
    json.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                json.write_char('\\')?;
                json.write_char(c)?;
            }
            // Line ends separate records.
            c if c.is_control() => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    write!(json, "\\u{unit:04x}")?;
                }
            }
            c => json.write_char(c)?,
        }
    }
    json.write_char('"')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_json() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::Bool),
            any::<i64>().prop_map(Json::Number),
            any::<String>().prop_map(Json::Text),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Json::List),
                prop::collection::btree_map(prop_oneof![Just("a"), Just("\"\n")], inner, 0..3)
                    .prop_map(|members| Json::Object(members.into_iter().collect())),
            ]
        })
    }

    fn parsed(json: &Json) -> serde_json::Value {
        match json {
            Json::Null => serde_json::Value::Null,
            Json::Bool(value) => (*value).into(),
            Json::Number(number) => (*number).into(),
            Json::Text(text) => text.as_str().into(),
            Json::List(values) => values.iter().map(parsed).collect(),
            Json::Object(members) => members.iter().map(|(name, value)| ((*name).to_owned(), parsed(value))).collect(),
        }
    }

    proptest! {
        #[test]
        fn a_parser_reads_what_was_written(json in any_json()) {
            let text = json.to_string();
            prop_assert!(!text.contains(char::is_control), "{text}");
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), parsed(&json));
            #[cfg(feature = "serde")]
            prop_assert_eq!(serde_json::to_value(&json).unwrap(), parsed(&json));
        }
    }
}
