//! Whole numbers of requests. To JSON, and to whoever makes requests from the API's document, `7.0` is as whole as `7`.

use serde::de::{Deserialize as _, Deserializer, Error, Unexpected};
use serde_json::Number;

/// Reads a whole number that may be left out, however it is written.
pub(crate) fn optional<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    Option::<Number>::deserialize(from)?
        .map(|number| whole(&number).ok_or_else(|| refused(&number)))
        .transpose()
}

fn whole(number: &Number) -> Option<u32> {
    match number.as_u64() {
        Some(number) => number.try_into().ok(),
        // Written out, only a whole number has no point.
        None => number.as_f64()?.to_string().parse().ok(),
    }
}

fn refused<E: Error>(number: &Number) -> E {
    let most = u32::MAX;
    E::invalid_value(
        Unexpected::Other(&number.to_string()),
        &format!("a whole number from 0 to {most}").as_str(),
    )
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Body {
        #[serde(default, deserialize_with = "super::optional")]
        days: Option<u32>,
    }

    fn days(text: &str) -> Result<Option<u32>, String> {
        serde_json::from_str(text)
            .map(|body: Body| body.days)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_whole_number_is_read_however_it_is_written() {
        assert_eq!(days(r#"{"days": 73}"#), Ok(Some(73)));
        assert_eq!(days(r#"{"days": 73.0}"#), Ok(Some(73)));
        assert_eq!(days(r#"{"days": 7.3e1}"#), Ok(Some(73)));
        assert_eq!(days(r#"{"days": null}"#), Ok(None));
        assert_eq!(days("{}"), Ok(None));
    }

    #[test]
    fn what_is_not_a_whole_number_is_refused_by_its_value() {
        for wrong in ["7.5", "-1", "-1.0", "4294967296", "1e300"] {
            let error = days(&format!(r#"{{"days": {wrong}}}"#)).unwrap_err();
            assert!(error.contains("expected a whole number"), "{error}");
        }
        assert!(days(r#"{"days": "7"}"#).is_err());
    }
}
