mod pool {
    #[allow(non_camel_case_types)]
    pub enum close {}
}
use pool::close;

#[graceful::on_shutdown]
async fn close() {}

#[graceful::main]
async fn main() {}
