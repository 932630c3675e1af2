//! What happens by the clock: schedules are fired by one replica of a service, their jobs are worked on by any.
//!
//! The runner ([`run_schedules`]) stands by until it is the leader, then writes the jobs of what is due into the outbox, each in
//! one transaction ([`mosaic_storage::Leader`]). What was missed while nobody led is made up for by one job. The jobs lie
//! on the queue [`queue_of`] the service; [`work_schedules`] does them, and consumers are idempotent as everywhere.

mod runner;
mod work;

use std::fmt;
use std::sync::Arc;

use mosaic_config::{InvalidTimetable, Timetable};
use mosaic_storage::ScheduleEntry;

pub use runner::{ScheduleRunner, run_schedules};
pub use work::{Due, ScheduledWork, work_schedules};

/// The queue on which the jobs of a service's schedules lie.
#[must_use]
pub fn queue_of(service: &str) -> String {
    format!("schedules-{service}")
}

/// What happens again and again.
#[derive(Clone)]
pub struct Schedule {
    name: String,
    expression: String,
    zone: String,
    timetable: Timetable,
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            expression,
            zone,
            timetable: _,
        } = self;
        write!(f, "Schedule({name}: {expression} in {zone})")
    }
}

impl Schedule {
    /// A schedule by a cron expression, read in a time zone. None if the expression is empty: it is off.
    pub fn new(
        name: impl Into<String>,
        expression: &str,
        zone: &str,
    ) -> Result<Option<Self>, InvalidTimetable> {
        let expression = expression.trim();
        if expression.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self {
            name: name.into(),
            timetable: Timetable::parse(expression, zone)?,
            expression: expression.to_owned(),
            zone: zone.to_owned(),
        }))
    }

    fn entry(self, service: &str) -> ScheduleEntry {
        let timetable = self.timetable;
        ScheduleEntry {
            name: self.name,
            expression: self.expression,
            zone: self.zone,
            queue: queue_of(service),
            times: Arc::new(move |time| timetable.next_after(time)),
        }
    }
}
