//! Starts both engines, prints their process ids and waits for ever: for the test that kills it.
//!
//! Arguments: the engines folder and a folder for the data.

use std::path::PathBuf;

use anyhow::Context as _;
use mosaic_embedded::{DiscoverOptions, Engines, Postgres, PostgresOptions, Valkey, ValkeyOptions};

#[expect(clippy::print_stdout, reason = "the test reads the process ids")]
#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut folders = std::env::args_os().skip(1).map(PathBuf::from);
    let store = folders.next().context("which engines folder?")?;
    let data = folders.next().context("which data folder?")?;
    let options = DiscoverOptions {
        configured: None,
        store,
        search_path: Vec::new(),
    };
    let found = Engines::discover(&options).await?;
    let postgres = found
        .postgres
        .context("no Postgres in the engines folder")?;
    let valkey = found.valkey.context("no Valkey in the engines folder")?;

    let postgres = Postgres::start(PostgresOptions::new(postgres, data.join("postgres"))).await?;
    let valkey = Valkey::start(ValkeyOptions::new(valkey, data.join("valkey"))).await?;
    println!("{}", postgres.pid().context("Postgres ended")?);
    println!("{}", valkey.pid().context("Valkey ended")?);
    std::future::pending().await
}
