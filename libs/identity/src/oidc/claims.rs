//! Claims beyond the standard ones: where a provider keeps the groups of a person differs from one to the next.

use openidconnect::AdditionalClaims;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Everything that is no standard claim.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Extra {
    #[serde(flatten)]
    all: Map<String, Value>,
}

impl AdditionalClaims for Extra {}

/// Groups that are taken from one person's claims at the most.
const MOST_GROUPS: usize = 1_000;

impl Extra {
    /// The groups in this claim; none if there is no such claim. A name with dots is also looked for inside of objects, as in
    /// `realm_access.roles`.
    pub(super) fn groups(&self, claim: &str) -> Option<Vec<String>> {
        let found = self.all.get(claim).or_else(|| nested(&self.all, claim))?;
        match found {
            Value::String(one) => Some(vec![one.clone()]),
            Value::Array(list) => {
                let names = list.iter().filter_map(Value::as_str).map(str::to_owned);
                Some(names.take(MOST_GROUPS).collect())
            }
            _ => None,
        }
    }

    /// Before when the token does not count, in seconds since 1970.
    pub(super) fn not_before(&self) -> Option<i64> {
        self.all.get("nbf")?.as_i64()
    }
}

fn nested<'a>(table: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let (first, rest) = path.split_once('.')?;
    let inner = table.get(first)?.as_object()?;
    inner.get(rest).or_else(|| nested(inner, rest))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn extra(value: Value) -> Extra {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn groups_are_found_where_providers_keep_them() {
        let names = Some(vec!["a".to_owned(), "b".to_owned()]);
        for (claim, value) in [
            ("groups", json!({"groups": ["a", "b"]})),
            ("groups", json!({"groups": ["a", 7, "b", null]})),
            (
                "realm_access.roles",
                json!({"realm_access": {"roles": ["a", "b"]}}),
            ),
            (
                "resource_access.mosaic.roles",
                json!({"resource_access": {"mosaic": {"roles": ["a", "b"]}}}),
            ),
            (
                "https://example.com/groups",
                json!({"https://example.com/groups": ["a", "b"]}),
            ),
        ] {
            assert_eq!(extra(value).groups(claim), names, "{claim}");
        }
        let one = extra(json!({"groups": "a"})).groups("groups");
        assert_eq!(one, Some(vec!["a".to_owned()]));
    }

    #[test]
    fn a_claim_that_is_missing_is_not_an_empty_one() {
        assert_eq!(extra(json!({})).groups("groups"), None);
        assert_eq!(extra(json!({"groups": 7})).groups("groups"), None);
        assert_eq!(extra(json!({"groups": []})).groups("groups"), Some(vec![]));
    }
}
