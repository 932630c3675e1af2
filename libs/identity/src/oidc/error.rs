//! What can go wrong between Mosaic and a provider, by what it means for whoever signs in.

/// An error of signing in at a provider.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// The settings cannot work.
    #[error("the settings of this provider cannot work: {0}")]
    Settings(String),
    /// The provider could not be reached, or what it answers makes no sense. This may go by.
    #[error("the provider cannot be used now: {0}")]
    Unavailable(String),
    /// The provider refused what it was shown.
    #[error("the provider refused: {code}{}", described(description.as_deref()))]
    Refused {
        /// Its error code, e.g. `invalid_grant`.
        code: String,
        /// What it says to that.
        description: Option<String>,
    },
    /// What the provider says of the person does not hold.
    #[error("what the provider says cannot be trusted: {0}")]
    Untrusted(String),
}

/// What providers answer about a person whom they do not let in any more.
const TAKEN_BACK: [&str; 6] = [
    "invalid_grant",
    "access_denied",
    "unauthorized",
    "interaction_required",
    "login_required",
    "consent_required",
];

impl OidcError {
    /// Whether the provider says that what was granted does not count any more, or not without the person: not all of them call it
    /// `invalid_grant` when somebody is locked out or has to show more.
    #[must_use]
    pub fn is_taken_back(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if TAKEN_BACK.contains(&code.as_str()))
    }

    /// Whether the provider could not be asked.
    #[must_use]
    pub const fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

fn described(description: Option<&str>) -> String {
    // A stranger's words: cut and quoted, so that they forge no line of a log.
    description.map_or_else(String::new, |text| {
        let short: String = text.chars().take(200).collect();
        format!(" ({short:?})")
    })
}
