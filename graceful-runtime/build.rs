//! Nothing to build: cargo accepts the `links` key only beside a build script.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}
