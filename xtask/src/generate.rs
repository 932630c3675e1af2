//! `cargo xtask gen`: generated files that are kept in the repository.

mod printed;
mod proto;
mod sql;

use std::{path::Path, process::ExitCode};

/// What can be generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum What {
    /// The Rust code of the contracts in `proto/`.
    Proto,
    /// The metadata of the SQL queries, with which they are checked where no database is.
    Sql,
    /// The document of the public API, from which the web page's client is made.
    Api,
    /// The catalogue of events, from the contracts.
    Events,
    /// Who gets what of the API, from the table that its tests follow.
    Isolation,
}

pub(crate) async fn run(
    configured: Option<&Path>,
    what: Option<What>,
    check: bool,
) -> anyhow::Result<ExitCode> {
    let wanted = |one| what.is_none_or(|what| what == one);
    if wanted(What::Proto) {
        proto::run(check).await?;
    }
    if wanted(What::Sql) {
        sql::run(configured, check).await?;
    }
    if wanted(What::Api) {
        printed::API.run(check).await?;
    }
    if wanted(What::Events) {
        printed::EVENTS.run(check).await?;
    }
    if wanted(What::Isolation) {
        printed::ISOLATION.run(check).await?;
    }
    Ok(ExitCode::SUCCESS)
}
