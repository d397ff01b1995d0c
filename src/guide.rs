//! The guide, chapter by chapter.

#[doc = include_str!("../docs/how-it-works.md")]
pub mod how_it_works {}

#[doc = include_str!("../docs/kubernetes.md")]
pub mod kubernetes {}

#[doc = include_str!("../docs/workers.md")]
pub mod workers {}

#[doc = include_str!("../docs/testing.md")]
pub mod testing {}

#[doc = include_str!("../docs/migrating/axum.md")]
pub mod migrating_from_axum {}

#[doc = include_str!("../docs/migrating/signals-by-hand.md")]
pub mod migrating_from_signals_by_hand {}

#[doc = include_str!("../docs/migrating/tokio-graceful-shutdown.md")]
pub mod migrating_from_tokio_graceful_shutdown {}
