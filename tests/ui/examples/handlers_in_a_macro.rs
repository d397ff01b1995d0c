use graceful::{Resource, on_shutdown};

macro_rules! handler {
    ($name:ident, $ty:ty, $priority:expr, $timeout:literal, $phase:expr) => {
        #[on_shutdown(priority = $priority, timeout = $timeout, phase = $phase)]
        async fn $name(resource: Resource<$ty>) -> Result<(), String> {
            let _ = resource;
            Ok(())
        }
    };
    ($priority:expr => $vis:vis fn $name:ident($($arg:ident: $ty:ty),*) $body:block) => {
        #[on_shutdown(priority = $priority)]
        $vis fn $name($($arg: $ty),*) $body
    };
    (item $item:item) => {
        #[on_shutdown(priority = -1)]
        $item
    };
}

handler! {
    item
    /// A whole item.
    async fn item(_: Option<Resource<u8>>) {}
}
handler!(-5 => pub fn negative(reason: graceful::Reason, deadline: graceful::Deadline) {
    drop((reason, deadline));
});
handler!(5 => fn plain() {});
handler!(typed, Vec<Option<String>>, 7, "1s", "drain");

macro_rules! many {
    ($($name:ident $priority:literal)*) => {
        $(
            #[graceful::on_shutdown(priority = $priority)]
            fn $name() -> Result<(), String> {
                Ok(())
            }
        )*
    };
}

macro_rules! constants {
    ($name:ident $priority:expr, $timeout:path) => {
        #[graceful::on_shutdown(priority = $priority, timeout = $timeout)]
        fn $name() {}
    };
}

const LAST: i32 = -9;
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(1);

constants! { last LAST, TIMEOUT }
constants! { last_but_one LAST + 1, crate::TIMEOUT }

many! { first 1 second -2 third 3 }

// Nothing of the user's macro is visible to the expansion, and the other way round.
macro_rules! hygienic {
    ($__value:ident) => {
        #[on_shutdown]
        async fn hygienic($__value: Option<Resource<u8>>) -> Result<(), String> {
            let __value = 5;
            let _ = ($__value, __value);
            Ok(())
        }
    };
}

hygienic!(__context);

#[graceful::main]
async fn main() {
    plain();
}
