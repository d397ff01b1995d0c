#[graceful::main]
async fn main() {
    let name = String::from("main's own");
    graceful::provide(&name);
}
