//! Handlers by the power of ten.

/// Ten times what is given, each in a module of its own.
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
