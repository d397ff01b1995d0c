//! The values that were provided to handlers and health checks.

use std::any::{Any, TypeId, type_name};
use std::fmt;
use std::panic::Location;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// `Clone`, with its own message of the compiler for a value that is to be provided. Implemented for each type that is `Clone`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be provided, because it is not `Clone`: each handler takes a clone of the value",
    label = "not `Clone`",
    note = "a shared value can be provided as an `Arc<T>`, which handlers take as `Resource<Arc<T>>`",
    note = "a value that a handler consumes can be provided as an `Arc<Mutex<Option<T>>>`, from which the handler takes it",
    note = "a guard that only has to be dropped after the shutdown can be given to `graceful::keep(guard)`"
)]
pub trait IsClone: Clone {}

#[diagnostic::do_not_recommend]
impl<T: Clone> IsClone for T {}

/// `Send`, with its own message of the compiler for a value that is to be provided. Implemented for each type that is `Send`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be provided, because it is not `Send`: handlers may run on another thread",
    label = "not `Send`",
    note = "`Arc` replaces `Rc`, and `Mutex` or an atomic replaces `RefCell` and `Cell`",
    note = "a value that must stay on its thread can be closed there, after `graceful::drain_started()` or at the end of main"
)]
pub trait IsSend: Send {}

#[diagnostic::do_not_recommend]
impl<T: Send> IsSend for T {}

/// The provided values. Their types are few, so a list is as fast as a map, and less code.
#[derive(Clone, Default)]
pub(crate) struct Resources(Arc<RwLock<Vec<Provided>>>);

/// The values of one type, in the order in which they were provided. There is at least one.
struct Provided {
    id: TypeId,
    type_name: &'static str,
    values: Vec<Arc<dyn Any + Send + Sync>>,
    first: &'static Location<'static>,
    last: &'static Location<'static>,
    /// Whether the log has said that there are several.
    logged: bool,
}

/// A type of which several values were provided. Its `Display` is the warning.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Repeated {
    pub(crate) id: TypeId,
    type_name: &'static str,
    times: usize,
    first: &'static Location<'static>,
    last: &'static Location<'static>,
}

impl Resources {
    /// Adds a value after the earlier ones of its type.
    #[track_caller]
    pub(crate) fn provide<T: IsClone + IsSend + 'static>(&self, value: T) {
        self.add(TypeId::of::<T>(), type_name::<T>(), Arc::new(Mutex::new(value)), Location::caller());
    }

    fn add(
        &self,
        id: TypeId,
        type_name: &'static str,
        value: Arc<dyn Any + Send + Sync>,
        location: &'static Location<'static>,
    ) {
        let mut all = self.write();
        match all.iter_mut().find(|provided| provided.id == id) {
            Some(provided) => {
                provided.values.push(value);
                provided.last = location;
            }
            None => all.push(Provided {
                id,
                type_name,
                values: vec![value],
                first: location,
                last: location,
                logged: false,
            }),
        }
    }

    /// The types of the values, in the order in which they were first provided.
    pub(crate) fn type_names(&self) -> Vec<&'static str> {
        self.read().iter().map(|provided| provided.type_name).collect()
    }

    /// The last value of a type.
    pub(crate) fn get<T: Clone + Send + 'static>(&self) -> Option<T> {
        let value = self.find(TypeId::of::<T>(), |values| values.last().cloned())??;
        cloned(&*value)
    }

    /// All values of a type, in the order in which they were provided.
    pub(crate) fn all<T: Clone + Send + 'static>(&self) -> Vec<T> {
        // They are cloned outside the lock, since that is the user's code.
        let values = self.find(TypeId::of::<T>(), <[_]>::to_vec).unwrap_or_default();
        values.iter().filter_map(|value| cloned(&**value)).collect()
    }

    fn find<R>(&self, id: TypeId, with: impl FnOnce(&[Arc<dyn Any + Send + Sync>]) -> R) -> Option<R> {
        self.read().iter().find(|provided| provided.id == id).map(|provided| with(&provided.values))
    }

    /// The types of which several values were provided.
    pub(crate) fn repeated(&self) -> Vec<Repeated> {
        self.read().iter().filter_map(Provided::repeated).collect()
    }

    /// Those of [`repeated`](Self::repeated) that the log does not have. It has them after this.
    pub(crate) fn repeated_to_log(&self) -> Vec<Repeated> {
        let mut all = self.write();
        let new = all.iter_mut().filter(|provided| !provided.logged);
        let new = new.filter_map(|provided| provided.repeated().inspect(|_| provided.logged = true));
        new.collect()
    }

    fn read(&self) -> RwLockReadGuard<'_, Vec<Provided>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Vec<Provided>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn cloned<T: Clone + 'static>(value: &(dyn Any + Send + Sync)) -> Option<T> {
    let value = value.downcast_ref::<Mutex<T>>()?;
    Some(value.lock().unwrap_or_else(PoisonError::into_inner).clone())
}

impl Provided {
    fn repeated(&self) -> Option<Repeated> {
        let &Self { id, type_name, first, last, .. } = self;
        let times = self.values.len();
        (times > 1).then_some(Repeated { id, type_name, times, first, last })
    }
}

impl fmt::Display for Repeated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { type_name, times, first, last, .. } = self;
        write!(f, "{times} values of type `{type_name}` were provided, ")?;
        match (times, first == last) {
            (_, true) => write!(f, "all at {first}")?,
            (2, false) => write!(f, "at {first} and {last}")?,
            (_, false) => write!(f, "first at {first}, last at {last}")?,
        }
        write!(f, "; `Resource<T>` is the last one: provide each as its own type, or take them as `All<T>`")
    }
}

impl fmt::Debug for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resources").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_value_is_the_resource_and_all_are_kept_in_order() {
        let resources = Resources::default();
        for value in [3, 1, 2] {
            resources.provide(value);
        }
        resources.provide("other");
        assert_eq!(resources.get(), Some(2));
        assert_eq!(resources.all::<i32>(), [3, 1, 2]);
        assert_eq!(resources.all::<String>(), [""; 0]);
        assert_eq!(resources.type_names(), ["i32", "&str"]);
    }

    #[test]
    fn a_second_value_of_a_type_is_one_warning_with_both_places() {
        let resources = Resources::default();
        resources.provide(1_u8);
        assert!(resources.repeated_to_log().is_empty());
        let line = line!();
        resources.provide(2_u8);
        let [warning] = &resources.repeated_to_log()[..] else { panic!("one warning") };
        let warning = warning.to_string();
        let places = [line - 2, line + 1].map(|line| format!("{}:{line}:19", file!()));
        let expected = format!("2 values of type `u8` were provided, at {} and {}; ", places[0], places[1]);
        assert!(warning.starts_with(&expected), "{warning}");
        resources.provide(3_u8);
        assert!(resources.repeated_to_log().is_empty(), "one line for each type");
        let now = resources.repeated()[0].to_string();
        assert!(now.starts_with("3 values of type `u8` were provided, first at "), "{now}");
    }

    #[test]
    fn a_place_is_named_once() {
        let resources = Resources::default();
        for value in 0..2 {
            resources.provide(value);
        }
        let warning = resources.repeated()[0].to_string();
        assert_eq!(warning.matches(file!()).count(), 1, "{warning}");
    }
}
