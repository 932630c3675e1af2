//! `cargo xtask dev-db`: engines for development that stay until Ctrl-C.

use std::{
    fs::OpenOptions,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use mosaic_embedded::{Postgres, PostgresOptions, Valkey, ValkeyOptions, reachable_home};
use secrecy::ExposeSecret as _;
use tokio::signal::unix::{SignalKind, signal};

use crate::{engines, environment, migrations, say, setup};

const DATABASE: &str = "mosaic_dev";
/// Where data go when we are root in a clone that nobody else can enter.
const SYSTEM_DATA: &str = "/var/lib/mosaic-dev";

pub(crate) async fn run(configured: Option<&Path>) -> anyhow::Result<ExitCode> {
    let found = setup::ready(configured).await?;
    let model = setup::model(configured).await;
    let own = environment::target().join("dev");
    let home = reachable_home(&own, Path::new(SYSTEM_DATA)).to_owned();
    let postgres = PostgresOptions::new(found.postgres, home.join("postgres"));
    let mut postgres = Postgres::start(PostgresOptions {
        durable: false,
        ..postgres
    })
    .await?;
    let mut valkey = Valkey::start(ValkeyOptions::new(found.valkey, home.join("valkey"))).await?;

    // Always anew: what one develops against is the schema in `migrations/`, nothing older.
    let database = migrations::fresh(&postgres, DATABASE)?;
    let folder = configured.map_or_else(engines::store, Path::to_owned);
    let mut variables = vec![
        ("DATABASE_URL", database.expose_secret().to_owned()),
        (
            "MOSAIC_TEST_POSTGRES_URL",
            postgres.url().expose_secret().to_owned(),
        ),
        (
            "MOSAIC_TEST_VALKEY_URL",
            valkey.url().expose_secret().to_owned(),
        ),
        ("MOSAIC_TEST_ENGINES", folder.display().to_string()),
    ];
    if let Some(model) = model {
        variables.push(("MOSAIC_TEST_MODELS", model.path.display().to_string()));
    }
    let file = write(&home.join("env"), &variables)?;
    for (name, value) in &variables {
        say::line(format!("export {name}='{value}'"));
    }
    say::line(format!(
        "The same lines are in {}. Ctrl-C stops both.",
        file.display()
    ));

    let outcome = until_stopped(&postgres, &valkey).await;
    postgres.stop().await;
    valkey.stop().await;
    outcome.map(|()| ExitCode::SUCCESS)
}

/// For `. <file>` in a shell; readable by the user only, as it holds passwords.
fn write(path: &Path, variables: &[(&str, String)]) -> anyhow::Result<PathBuf> {
    let mut options = OpenOptions::new();
    let file = options
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(path);
    let mut file = file.with_context(|| format!("cannot write {}", path.display()))?;
    for (name, value) in variables {
        writeln!(file, "export {name}='{value}'")?;
    }
    Ok(path.to_owned())
}

async fn until_stopped(postgres: &Postgres, valkey: &Valkey) -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let (mut database, mut bus) = (postgres.states(), valkey.states());
    tokio::select! {
        _ = interrupt.recv() => Ok(()),
        _ = terminate.recv() => Ok(()),
        _ = database.changed() => {
            anyhow::bail!("Postgres {}; see {}", *database.borrow(), postgres.log().display())
        }
        _ = bus.changed() => {
            anyhow::bail!("Valkey {}; see {}", *bus.borrow(), valkey.log().display())
        }
    }
}
