//! A token for operators, who may ask services how they are and command nothing.

use std::time::SystemTime;

use mosaic_config::{InternalConfig, SecretString};
use mosaic_identity::{ServiceClaims, ServiceKeys};

use crate::Error;

/// Who calls, as services know it.
const OPERATOR: &str = "operator";

/// Signs a token for one service.
pub(crate) fn service_token(
    config: &InternalConfig,
    audience: &str,
) -> Result<SecretString, Error> {
    let InternalConfig {
        token,
        previous_tokens,
    } = config;
    let token = token.as_ref().ok_or(Error::NoInternalToken)?;
    let keys = ServiceKeys::new(token, previous_tokens);
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let claims = ServiceClaims::new(OPERATOR, "mosaic-migrate", audience, now);
    let signed = keys.sign(&claims).ok_or(Error::NoInternalToken)?;
    Ok(SecretString::from(signed))
}
