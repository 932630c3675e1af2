//! Sessions on the wire.

use chrono::{DateTime, Utc};
use http::HeaderValue;
use mosaic_domain::SessionId;
use mosaic_storage::Session;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A session of the caller.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionBody {
    /// Its id.
    pub id: Uuid,
    /// How it was begun: `token`, `password`, `oidc` or `break_glass`.
    pub method: String,
    /// What is signed in, e.g. `Firefox on Linux`; empty where that could not be told.
    pub browser: String,
    /// From where it was begun.
    pub address: Option<String>,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// When it was used, to the hour.
    pub last_used_at: DateTime<Utc>,
    /// Until when it counts, if it is used.
    pub expires_at: DateTime<Utc>,
    /// Whether it is the one that asks.
    pub current: bool,
}

impl SessionBody {
    /// As somebody sees it who came with `current`.
    pub(crate) fn seen_from(current: Option<SessionId>, session: Session) -> Self {
        let Session {
            id,
            method,
            user_agent,
            address,
            created_at,
            last_used_at,
            expires_at,
        } = session;
        Self {
            id: id.uuid(),
            method,
            browser: user_agent,
            address,
            created_at,
            last_used_at,
            expires_at,
            current: current == Some(id),
        }
    }
}

/// The sessions of the caller.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionList {
    /// The last used first. All of them: there are few.
    pub items: Vec<SessionBody>,
}

/// How far signing out goes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct SignOutQuery {
    /// Whether API tokens are revoked too.
    #[serde(default)]
    pub tokens: bool,
}

/// What signing out everywhere ended.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignedOutBody {
    /// How many sessions there were.
    pub ended: u64,
    /// How many tokens were revoked.
    pub revoked: u64,
}

/// The names that say most come first: many browsers call themselves by several.
const BROWSERS: [(&str, &str); 7] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
];
const SYSTEMS: [(&str, &str); 6] = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
];

/// What signs in, in two words: enough to recognise an own browser by, too little to tell people apart.
pub(crate) fn browser(header: Option<&HeaderValue>) -> String {
    let text = header.and_then(|value| value.to_str().ok());
    let text = text.unwrap_or_default();
    let named = |names: &[(&str, &'static str)]| {
        let found = names.iter().find(|(mark, _)| text.contains(mark));
        found.map(|(_, name)| *name)
    };
    match (named(&BROWSERS), named(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_summed_up_in_two_words() {
        let told = |text: &'static str| browser(Some(&HeaderValue::from_static(text)));
        assert_eq!(
            told(
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
            ),
            "Chrome on Linux"
        );
        assert_eq!(
            told(
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile/15E148 Safari/604.1"
            ),
            "Safari on iPhone"
        );
        assert_eq!(told("curl/8.0"), "curl");
        assert_eq!(told("a program"), "");
        assert_eq!(browser(None), "");
    }
}
