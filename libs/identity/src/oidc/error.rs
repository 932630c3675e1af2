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

impl OidcError {
    /// Whether the provider says that what was granted does not count any more.
    #[must_use]
    pub fn is_invalid_grant(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == "invalid_grant")
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
