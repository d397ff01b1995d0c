use std::process::Termination;

#[graceful::main(flavor = "current_thread", signals = [])]
async fn main() -> impl Termination {
    let not_send = std::rc::Rc::new(());
    std::future::ready(()).await;
    drop(not_send);
}
