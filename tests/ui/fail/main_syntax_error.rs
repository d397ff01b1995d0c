#[graceful::main]
async fn main() {
    let x = ;
}
