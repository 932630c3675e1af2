//! Conversions between the contract of memory search and domain types.

use chrono::{DateTime, Utc};
use mosaic_domain::message::UnknownName;
use mosaic_domain::{MemoryKind, Role};
use pbjson_types::Timestamp;

use crate::memory::v1 as wire;

impl From<MemoryKind> for wire::MemoryKind {
    fn from(kind: MemoryKind) -> Self {
        match kind {
            MemoryKind::Message => Self::Message,
            MemoryKind::Note => Self::Note,
        }
    }
}

impl From<Role> for wire::MemoryRole {
    fn from(role: Role) -> Self {
        match role {
            Role::User => Self::User,
            Role::Assistant => Self::Assistant,
        }
    }
}

fn unknown(noun: &'static str, value: i32) -> UnknownName {
    UnknownName {
        noun,
        value: value.to_string(),
    }
}

/// The kind that a request asks for; `None` for any.
pub fn wanted_kind(kind: i32) -> Result<Option<MemoryKind>, UnknownName> {
    match wire::MemoryKind::try_from(kind) {
        Ok(wire::MemoryKind::Unspecified) => Ok(None),
        Ok(wire::MemoryKind::Message) => Ok(Some(MemoryKind::Message)),
        Ok(wire::MemoryKind::Note) => Ok(Some(MemoryKind::Note)),
        Err(_) => Err(unknown("kind of memory", kind)),
    }
}

/// The kind of a memory that was found.
pub fn found_kind(kind: i32) -> Result<MemoryKind, UnknownName> {
    wanted_kind(kind)?.ok_or_else(|| unknown("kind of memory", kind))
}

/// Who said or wrote a memory that was found.
pub fn found_role(role: i32) -> Result<Role, UnknownName> {
    match wire::MemoryRole::try_from(role) {
        Ok(wire::MemoryRole::User) => Ok(Role::User),
        Ok(wire::MemoryRole::Assistant) => Ok(Role::Assistant),
        Ok(wire::MemoryRole::Unspecified) | Err(_) => Err(unknown("role", role)),
    }
}

/// A time as it travels.
#[must_use]
pub fn timestamp(time: DateTime<Utc>) -> Timestamp {
    Timestamp {
        seconds: time.timestamp(),
        nanos: i32::try_from(time.timestamp_subsec_nanos()).unwrap_or_default(),
    }
}

/// A time that has travelled; `None` if it is beyond all calendars.
#[must_use]
pub fn time(timestamp: &Timestamp) -> Option<DateTime<Utc>> {
    let nanos = u32::try_from(timestamp.nanos).ok()?;
    DateTime::from_timestamp(timestamp.seconds, nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_roles_and_times_survive_the_wire() {
        for kind in [MemoryKind::Message, MemoryKind::Note] {
            assert_eq!(found_kind(wire::MemoryKind::from(kind).into()), Ok(kind));
        }
        for role in [Role::User, Role::Assistant] {
            assert_eq!(found_role(wire::MemoryRole::from(role).into()), Ok(role));
        }
        let now = DateTime::from_timestamp(1_800_000_000, 123_456_000).unwrap();
        assert_eq!(time(&timestamp(now)), Some(now));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        assert_eq!(wanted_kind(0), Ok(None));
        assert!(found_kind(0).is_err());
        assert!(wanted_kind(77).is_err());
        assert!(found_role(0).is_err());
        let beyond = Timestamp {
            seconds: i64::MAX,
            nanos: 0,
        };
        assert_eq!(time(&beyond), None);
    }
}
