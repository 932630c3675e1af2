//! For how long events are kept, by days in UTC.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

/// Days for which partitions are made ahead.
const AHEAD: u64 = 3;
/// A time further ahead than this is a fault of somebody's clock.
const FARTHEST: TimeDelta = TimeDelta::days(7);

/// What is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keep {
    days: u32,
}

/// Where an event belongs, by its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Into the archive.
    Archive,
    /// It is older than what is kept.
    Past,
    /// It cannot have happened yet.
    Future,
}

impl Keep {
    /// Events of so many whole days, and of the day that has begun.
    pub(super) const fn days(days: u32) -> Self {
        Self { days }
    }

    /// The oldest day that is kept.
    pub(super) fn oldest(self, now: DateTime<Utc>) -> NaiveDate {
        let today = now.date_naive();
        today
            .checked_sub_days(Days::new(u64::from(self.days)))
            .unwrap_or(today)
    }

    /// The days for which there must be partitions: events may come a little late.
    pub(super) fn wanted(self, now: DateTime<Utc>) -> Vec<NaiveDate> {
        let yesterday = now.date_naive().checked_sub_days(Days::new(1));
        let first = yesterday.unwrap_or_default().max(self.oldest(now));
        let end = now.date_naive().checked_add_days(Days::new(AHEAD));
        let end = end.unwrap_or_default();
        first.iter_days().take_while(|day| *day <= end).collect()
    }

    /// Where an event of this time belongs.
    pub(super) fn place(self, time: DateTime<Utc>, now: DateTime<Utc>) -> Place {
        if time.date_naive() < self.oldest(now) {
            Place::Past
        } else if time > now + FARTHEST {
            Place::Future
        } else {
            Place::Archive
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn whole_days_are_kept_and_none_longer() {
        let keep = Keep::days(30);
        let now = at("2026-03-31T00:00:01Z");
        assert_eq!(keep.oldest(now), at("2026-03-01T00:00:00Z").date_naive());
        let place = |text| keep.place(at(text), now);
        assert_eq!(place("2026-03-01T00:00:00Z"), Place::Archive);
        assert_eq!(place("2026-02-28T23:59:59.999Z"), Place::Past);
        assert_eq!(place("1970-01-01T00:00:00Z"), Place::Past);
        assert_eq!(place("2026-04-06T12:00:00Z"), Place::Archive);
        assert_eq!(place("2036-04-06T12:00:00Z"), Place::Future);
    }

    #[test]
    fn partitions_are_made_from_yesterday_to_three_days_ahead() {
        let days = Keep::days(1).wanted(at("2026-03-01T12:00:00Z"));
        let days: Vec<_> = days.iter().map(ToString::to_string).collect();
        assert_eq!(
            days,
            [
                "2026-02-28",
                "2026-03-01",
                "2026-03-02",
                "2026-03-03",
                "2026-03-04"
            ]
        );
    }
}
