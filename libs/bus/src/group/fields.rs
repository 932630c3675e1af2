//! Entries as Valkey answers them, read without copying what they hold.

use std::fmt;
use std::str::FromStr;

use redis::{FromRedisValue, ParsingError, RedisWrite, ToRedisArgs, Value};

/// Names and values of an entry, in the order in which they stand.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// The value of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Takes the value of a name out.
    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.swap_remove(at).1)
    }
}

impl FromIterator<(String, String)> for Fields {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl FromRedisValue for Fields {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        match value {
            Value::Array(items) => {
                let mut pairs = Vec::with_capacity(items.len() / 2);
                let mut items = items.into_iter();
                while let (Some(name), Some(value)) = (items.next(), items.next()) {
                    pairs.push((text(name)?, text(value)?));
                }
                Ok(Self(pairs))
            }
            Value::Map(items) => items
                .into_iter()
                .map(|(name, value)| Ok((text(name)?, text(value)?)))
                .collect::<Result<_, ParsingError>>()
                .map(Self),
            Value::Nil => Ok(Self::default()),
            _ => Err("an entry's fields are no list".to_owned().into()),
        }
    }
}

fn text(value: Value) -> Result<String, ParsingError> {
    match value {
        // What is no text must not keep the rest of a batch from being read.
        Value::BulkString(bytes) => Ok(String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())),
        other => String::from_redis_value(other),
    }
}

/// The id of an entry of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct StreamId {
    /// When Valkey gave it out, in ms since 1970.
    pub(crate) millis: u64,
    seq: u64,
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.millis, self.seq)
    }
}

impl FromStr for StreamId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (millis, seq) = text.split_once('-').unwrap_or((text, "0"));
        match (millis.parse(), seq.parse()) {
            (Ok(millis), Ok(seq)) => Ok(Self { millis, seq }),
            _ => Err(format!("{text:?} is no id of an entry")),
        }
    }
}

impl FromRedisValue for StreamId {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        Ok(text(value)?.parse::<Self>()?)
    }
}

impl ToRedisArgs for StreamId {
    fn write_redis_args<W: ?Sized + RedisWrite>(&self, out: &mut W) {
        out.write_arg_fmt(self);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_as_it_stands_and_a_value_is_taken_once() {
        let bulk = |text: &str| Value::BulkString(text.as_bytes().to_vec());
        let list = ["id", "1", "data", "größe"].map(bulk).to_vec();
        let mut fields = Fields::from_redis_value(Value::Array(list)).unwrap();
        assert_eq!(fields.get("id"), Some("1"));
        assert_eq!(fields.take("data"), Some("größe".to_owned()));
        assert_eq!(fields.take("data"), None);
    }

    #[test]
    fn the_id_of_an_entry_survives_being_read() {
        let id: StreamId = "1700000000000-18446744073709551615".parse().unwrap();
        assert_eq!(id.to_string(), "1700000000000-18446744073709551615");
        assert!("x-1".parse::<StreamId>().is_err());
    }
}
