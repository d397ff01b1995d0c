//! How the report learns which error main returned: the first way that its type allows.
//!
//! `(&&&Returned::of(&value)).main_way()` is that way, as for a handler's value. std prints the error, with its `Debug`.

use std::convert::identity;
use std::error::Error;
use std::fmt;
use std::fmt::{Debug, Display};

use super::way::Returned;
use crate::failure::{Failure, IntoFailure};
use crate::outcome::Outcome;
use crate::program::program;

/// Stands for an error that the report keeps: its `Debug`, which std prints.
#[doc(hidden)]
pub struct Printed(String);

impl Debug for Printed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn kept<T, E: Debug>(result: Result<T, E>, failure: fn(E) -> Failure) -> Result<T, Printed> {
    result.map_err(|error| {
        let printed = Printed(format!("{error:?}"));
        program().main.set_failure(Outcome::Failed(failure(error)));
        printed
    })
}

/// The error gives a reference to an [`Error`], as that of `anyhow` does.
#[doc(hidden)]
pub trait MainByReference {
    type Value;
    type Kept;
    fn main_way(&self) -> fn(Self::Value) -> Self::Kept;
}

impl<T, E> MainByReference for &&&Returned<Result<T, E>>
where
    E: Debug + AsRef<dyn Error + Send + Sync> + Send + Sync + 'static,
{
    type Value = Result<T, E>;
    type Kept = Result<T, Printed>;

    fn main_way(&self) -> fn(Result<T, E>) -> Result<T, Printed> {
        |result| kept(result, Failure::by_reference)
    }
}

/// The error converts into a boxed one.
#[doc(hidden)]
pub trait MainByConversion {
    type Value;
    type Kept;
    fn main_way(&self) -> fn(Self::Value) -> Self::Kept;
}

impl<T, E: Debug + IntoFailure> MainByConversion for &&Returned<Result<T, E>> {
    type Value = Result<T, E>;
    type Kept = Result<T, Printed>;

    fn main_way(&self) -> fn(Result<T, E>) -> Result<T, Printed> {
        |result| kept(result, IntoFailure::into_failure)
    }
}

/// The error implements [`Display`].
#[doc(hidden)]
pub trait MainByDisplay {
    type Value;
    type Kept;
    fn main_way(&self) -> fn(Self::Value) -> Self::Kept;
}

impl<T, E: Debug + Display> MainByDisplay for &Returned<Result<T, E>> {
    type Value = Result<T, E>;
    type Kept = Result<T, Printed>;

    fn main_way(&self) -> fn(Result<T, E>) -> Result<T, Printed> {
        |result| kept(result, |error| format!("{error:#}").into())
    }
}

/// Everything else.
#[doc(hidden)]
pub trait MainAsItIs {
    type Value;
    fn main_way(&self) -> fn(Self::Value) -> Self::Value;
}

impl<T> MainAsItIs for Returned<T> {
    type Value = T;

    fn main_way(&self) -> fn(T) -> T {
        identity
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn what_std_prints_is_unchanged() {
        #[derive(Debug)]
        struct OnlyDebug;

        // `$kept` is the type that is left, as the compiler infers it.
        macro_rules! printed {
            ($error:expr, $kept:ty) => {{
                let value = Err::<(), _>($error);
                let expected = format!("{value:?}");
                let kept: Result<(), $kept> = (&&&Returned::of(&value)).main_way()(value);
                assert_eq!(format!("{kept:?}"), expected);
            }};
        }
        printed!(io::Error::other("refused"), Printed);
        printed!(Box::<dyn Error + Send + Sync>::from("refused"), Printed);
        printed!(Box::<dyn Error>::from("refused"), Printed);
        printed!("refused", Printed);
        printed!(OnlyDebug, OnlyDebug);
    }
}
