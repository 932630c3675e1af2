//! What the defaults say about a key: whether it exists, of which type it is, whether it is secret.

use figment::value::{Dict, Value};

/// Tables whose tables have free names, each with the one whose keys stand for those of all of them.
const FREE: [(&str, &str); 3] = [
    ("providers", "openai"),
    ("agents", "sherlock"),
    ("auth.oidc", "sso"),
];
/// Keys whose values are never shown; `*` stands for any name.
const SECRETS: [&str; 13] = [
    "auth.oidc.*.client_secret",
    "auth.setup_code",
    "channels.telegram.token",
    "channels.telegram.webhook_secret",
    "postgres.owner_url",
    "postgres.url",
    "valkey.url",
    "client.token",
    "internal.token",
    "internal.previous_tokens",
    "secrets.key",
    "secrets.previous_keys",
    "providers.*.api_key",
];

/// The default at a dotted path. A table with a free name has the keys of its section's template.
pub(crate) fn default_of<'a>(defaults: &'a Dict, path: &str) -> Option<&'a Value> {
    let mut parts = path.split('.');
    let mut walked = parts.next()?.to_owned();
    let mut value = defaults.get(&walked)?;
    for part in parts {
        let table = value.as_dict()?;
        value = if let Some(found) = table.get(part) {
            found
        } else {
            let (_, template) = FREE.iter().find(|(name, _)| *name == walked)?;
            table.get(*template)?
        };
        walked.push('.');
        walked.push_str(part);
    }
    Some(value)
}

/// Whether the value of this key must not be shown.
pub(crate) fn is_secret(path: &str) -> bool {
    SECRETS.iter().any(|pattern| {
        pattern.split('.').count() == path.split('.').count()
            && pattern
                .split('.')
                .zip(path.split('.'))
                .all(|(p, k)| p == "*" || p == k)
    })
}

/// All leaf keys of a table, dotted.
pub(crate) fn leaves(table: &Dict) -> Vec<String> {
    let mut keys = Vec::new();
    for (key, value) in table {
        match value.as_dict() {
            Some(inner) => keys.extend(leaves(inner).iter().map(|leaf| format!("{key}.{leaf}"))),
            None => keys.push(key.clone()),
        }
    }
    keys
}

/// The candidate nearest to a mistyped word, if one is near enough to be meant.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Edit distance in which two swapped neighbours count as one slip.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let substituted = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = substituted.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(rows[i - 2][j - 2] + 1);
            }
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_word_is_suggested_and_a_far_one_is_not() {
        assert_eq!(nearest("lisen", ["listen", "grpc_listen"]), Some("listen"));
        assert_eq!(nearest("ulr", ["url", "max_connections"]), Some("url"));
        assert_eq!(nearest("colour", ["listen", "max_body_bytes"]), None);
    }

    #[test]
    fn secrets_are_known_by_pattern() {
        assert!(is_secret("providers.mine.api_key"));
        assert!(is_secret("postgres.url"));
        assert!(is_secret("auth.oidc.mine.client_secret"));
        assert!(!is_secret("client.url"));
    }
}
