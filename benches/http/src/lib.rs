//! What the programs under test cost: instructions and allocations, counted by valgrind, and the clients of the HTTP server.
//! `tests/counts` uses them too.

mod client;
mod load;
mod valgrind;

pub use self::client::Client;
pub use self::load::Load;
pub use self::valgrind::{Tool, count};
