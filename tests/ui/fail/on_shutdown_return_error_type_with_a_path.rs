mod database {
    pub enum Failure {
        Closed,
    }
}

#[graceful::on_shutdown]
fn close() -> Result<(), Option<database::Failure>> {
    Err(Some(database::Failure::Closed))
}

fn main() {}
