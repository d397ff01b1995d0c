//! Handlers by the power of ten.

/// Repeats the items ten times, each time in another module.
macro_rules! ten {
    ($($item:tt)*) => {
        mod a { $($item)* }
        mod b { $($item)* }
        mod c { $($item)* }
        mod d { $($item)* }
        mod e { $($item)* }
        mod f { $($item)* }
        mod g { $($item)* }
        mod h { $($item)* }
        mod i { $($item)* }
        mod j { $($item)* }
    };
}
