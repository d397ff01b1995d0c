//! A program that is ready, and done at once: it is main's own thread that ends the process.

#[graceful::main]
async fn main() {
    graceful::ready();
}
