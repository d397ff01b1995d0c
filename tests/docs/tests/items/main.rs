//! The public items: each has an example, and none changes unnoticed.

mod examples;
mod render;
mod rustdoc;
mod surface;
