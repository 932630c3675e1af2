//! The role as which services connect.

use mosaic_config::PostgresConfig;
use mosaic_storage::{Provided, Storage};

use crate::Error;

/// Gives the role of `postgres.url` what services need, and makes it if there is none. `None` where nobody else than that role
/// is configured to own the schema.
pub async fn provide_role(
    storage: &Storage,
    config: &PostgresConfig,
) -> Result<Option<Provided>, Error> {
    if config.owner_url.is_none() {
        return Ok(None);
    }
    let provided = storage.provide_role(&config.url).await;
    provided.map(Some).map_err(Error::Role)
}
