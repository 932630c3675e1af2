//! When something is due: a cron expression in a time zone.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds};

/// Why a timetable cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTimetable {
    /// The expression is none, or names no time that ever comes.
    #[error("`{expression}` is no cron expression: {problem}")]
    Expression {
        /// As it was written.
        expression: String,
        /// What does not fit.
        problem: String,
    },
    /// There is no such time zone.
    #[error("there is no time zone `{0}`")]
    Zone(String),
}

/// A cron expression of five fields, or six with seconds first, in a time zone.
#[derive(Debug, Clone)]
pub struct Timetable {
    cron: Cron,
    zone: Tz,
}

impl Timetable {
    /// Reads an expression such as `*/5 * * * *` and the name of a zone such as `Europe/Berlin`.
    pub fn parse(expression: &str, zone: &str) -> Result<Self, InvalidTimetable> {
        let wrong = |problem: String| InvalidTimetable::Expression {
            expression: expression.to_owned(),
            problem,
        };
        let parser = CronParser::builder().seconds(Seconds::Optional).build();
        let cron = parser
            .parse(expression)
            .map_err(|error| wrong(error.to_string()))?;
        let zone = zone
            .parse()
            .map_err(|_| InvalidTimetable::Zone(zone.to_owned()))?;
        let timetable = Self { cron, zone };
        if timetable.next_after(DateTime::UNIX_EPOCH).is_none() {
            return Err(wrong("no such time ever comes".to_owned()));
        }
        Ok(timetable)
    }

    /// The first time after this one; none if none ever comes.
    #[must_use]
    pub fn next_after(&self, time: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let here = time.with_timezone(&self.zone);
        let next = self.cron.find_next_occurrence(&here, false).ok()?;
        Some(next.with_timezone(&Utc))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_next_time_is_found_in_the_zone_that_is_meant() {
        let daily = Timetable::parse("30 7 * * *", "Europe/Berlin").unwrap();
        let next = daily.next_after(time("2026-01-31T12:00:00Z"));
        assert_eq!(next, Some(time("2026-02-01T06:30:00Z")));
        let summer = daily.next_after(time("2026-07-31T05:29:00Z"));
        assert_eq!(summer, Some(time("2026-07-31T05:30:00Z")));
        let often = Timetable::parse("*/10 * * * * *", "UTC").unwrap();
        let next = often.next_after(time("2026-01-31T12:00:00Z"));
        assert_eq!(next, Some(time("2026-01-31T12:00:10Z")));
    }

    #[test]
    fn what_never_comes_or_does_not_fit_is_refused() {
        for wrong in ["", "every day", "61 * * * *", "0 0 30 2 *"] {
            let error = Timetable::parse(wrong, "UTC").unwrap_err();
            assert!(error.to_string().contains(wrong), "{error}");
        }
        let error = Timetable::parse("* * * * *", "Mars/Base").unwrap_err();
        assert_eq!(error, InvalidTimetable::Zone("Mars/Base".into()));
    }
}
