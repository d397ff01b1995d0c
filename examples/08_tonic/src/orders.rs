//! The gRPC service of `08_tonic`, and its client. Usually `tonic-prost-build` makes all of this from:
//!
//! ```proto
//! package shop;
//!
//! service Orders {
//!     rpc Place(Order) returns (Receipt);
//!     rpc Follow(Receipt) returns (stream Update);
//! }
//!
//! message Order { string item = 1; }
//! message Receipt { uint64 number = 1; }
//! message Update { string text = 1; }
//! ```
//!
//! That takes a `protoc`, which not everybody has. So the messages are written by hand, and the rest is made by
//! `build.rs` without one.
#![allow(missing_docs, unreachable_pub, reason = "generated")]
#![allow(dead_code, reason = "the server needs one half, its test the other")]

#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Order {
    #[prost(string, tag = "1")]
    pub item: String,
}

#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub struct Receipt {
    #[prost(uint64, tag = "1")]
    pub number: u64,
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Update {
    #[prost(string, tag = "1")]
    pub text: String,
}

include!(concat!(env!("OUT_DIR"), "/shop.Orders.rs"));
