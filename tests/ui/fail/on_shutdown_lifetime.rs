use graceful::on_shutdown;

#[on_shutdown]
async fn close<'a>(name: graceful::Resource<&'a str>) {
    drop(name);
}

fn main() {}
