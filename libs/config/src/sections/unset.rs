//! An empty string in the file or the environment means "not set".

use serde::{Deserialize, Deserializer, Serializer};

/// Reads an empty string as `None` and anything else by the type's own parser.
pub(crate) fn read<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: From<String>,
{
    let text = String::deserialize(deserializer)?;
    Ok(if text.is_empty() {
        None
    } else {
        Some(T::from(text))
    })
}

/// Writes `None` as an empty string.
#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
pub(crate) fn write<S: Serializer, T: AsRef<std::path::Path>>(
    value: &Option<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serializer.serialize_str(&value.as_ref().to_string_lossy()),
        None => serializer.serialize_str(""),
    }
}
