use std::rc::Rc;

#[graceful::main]
async fn main() {
    graceful::provide(Rc::new(1));
}
