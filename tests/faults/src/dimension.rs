//! What the dimensions of the matrix have in common: values with a label.

/// An enum whose values have labels, for the command line and the output.
macro_rules! dimension {
    ($(#[$doc:meta])* $name:ident { $($(#[$what:meta])* $value:ident: $label:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$what])* $value,)*
        }

        impl $name {
            /// All values there are.
            pub const ALL: &[Self] = &[$(Self::$value),*];

            /// Its name in the output, and on the command line.
            #[must_use]
            pub fn label(self) -> &'static str {
                match self {
                    $(Self::$value => $label,)*
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(label: &str) -> Result<Self, String> {
                let found = Self::ALL.iter().copied().find(|value| value.label() == label);
                found.ok_or_else(|| format!("no {} `{label}`", stringify!($name)))
            }
        }
    };
}

pub(crate) use dimension;
