//! The one place where the product reads the time and draws ids.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The current time.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "this is the place that everybody else asks"
)]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// A fresh id that sorts by the time it was made.
#[must_use]
pub fn id<T: From<Uuid>>() -> T {
    T::from(Uuid::now_v7())
}
