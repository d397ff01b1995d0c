//! The code for the gRPC service of `08_tonic`.

use tonic_build::manual::{Builder, Method, Service};

const CODEC: &str = "tonic_prost::ProstCodec";

fn main() {
    let place = Method::builder()
        .name("place")
        .route_name("Place")
        .input_type("super::Order")
        .output_type("super::Receipt")
        .codec_path(CODEC)
        .build();
    let follow = Method::builder()
        .name("follow")
        .route_name("Follow")
        .input_type("super::Receipt")
        .output_type("super::Update")
        .codec_path(CODEC)
        .server_streaming()
        .build();
    let orders = Service::builder().name("Orders").package("shop").method(place).method(follow).build();
    Builder::new().compile(&[orders]);
    println!("cargo::rerun-if-changed=build.rs");
}
