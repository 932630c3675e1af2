//! The keys that seal what lies in the record, for services that store such things.

use mosaic_config::SecretsConfig;
use mosaic_identity::Sealer;
use mosaic_runtime::StartError;

/// The sealer of the configured keys. `purpose` completes "… needs a key" for whoever has configured none.
pub fn sealer(config: &SecretsConfig, purpose: &str) -> Result<Sealer, StartError> {
    let wrong = |problem: String| {
        StartError::new(
            "secrets.key (MOSAIC_SECRETS__KEY)",
            problem,
            "Make one with `openssl rand -base64 32`, the same for every service; docs/guides/keys.md says how to keep it.",
        )
        .misconfigured()
    };
    let Some(key) = &config.key else {
        return Err(wrong(format!("it is not set, and {purpose} needs a key")));
    };
    Sealer::new(key, &config.previous_keys).map_err(|error| wrong(error.to_string()))
}

#[cfg(test)]
mod tests {
    use mosaic_config::EX_CONFIG;

    use super::*;

    #[test]
    fn a_missing_key_says_what_needs_it_and_how_to_make_one() {
        let config = SecretsConfig {
            key: None,
            previous_keys: Vec::new(),
        };
        let error = sealer(&config, "single sign-on").unwrap_err();
        assert_eq!(error.exit, EX_CONFIG);
        let told = error.to_string();
        for part in ["secrets.key", "single sign-on needs a key", "openssl rand"] {
            assert!(told.contains(part), "{told}");
        }
    }
}
