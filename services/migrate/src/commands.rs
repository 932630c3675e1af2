//! The commands: configuration, connection, work, and what is printed where.

use std::io::Write;
use std::time::Duration;

use mosaic_config::{Config, ExposeSecret as _, LoadOptions};
use mosaic_storage::{MigrationState, MigrationStatus, SchemaReport, Storage};

use crate::first_admin::FirstAdmin;
use crate::schema::{StatusView, pending};
use crate::{Cli, Command, Error, bootstrap, connect, recover, up};

/// Runs one command: data to `out`, everything said to people to `talk`.
pub async fn run(cli: Cli, out: &mut dyn Write, talk: &mut dyn Write) -> Result<(), Error> {
    let Cli { config, command } = cli;
    let config = Config::load(LoadOptions::of_process(config))?;
    let wait = match &command {
        Command::Up(wait) => Duration::from_secs(wait.wait_seconds),
        _ => Duration::ZERO,
    };
    let storage = connect(&config.postgres, wait, |text| {
        // A notice that cannot be shown is no reason to stop.
        drop(writeln!(talk, "{text}"));
    })
    .await?;
    let done = dispatch(command, &storage, out, talk).await;
    storage.close().await;
    done
}

async fn dispatch(
    command: Command,
    storage: &Storage,
    out: &mut dyn Write,
    talk: &mut dyn Write,
) -> Result<(), Error> {
    match command {
        Command::Up(_) => show_applied(&up(storage).await?, out, talk),
        Command::Plan => show_plan(&storage.schema().await?, out, talk),
        Command::Status { json } => show_status(&storage.schema().await?, json, out, talk),
        Command::Verify => verify(&storage.schema().await?, out, talk),
        Command::Bootstrap { name, workspace } => {
            storage.require_schema().await?;
            let admin = bootstrap(storage, &name, &workspace).await?;
            writeln!(talk, "{name} now owns the workspace {workspace}.")?;
            show_token(&admin, out, talk)
        }
        Command::Token => {
            storage.require_schema().await?;
            show_token(&recover(storage).await?, out, talk)
        }
    }
}

fn show_applied(
    applied: &[MigrationStatus],
    out: &mut dyn Write,
    talk: &mut dyn Write,
) -> Result<(), Error> {
    show(applied, out)?;
    match applied.len() {
        0 => writeln!(talk, "Nothing to do: the schema is up to date.")?,
        n => writeln!(talk, "The schema is up to date; {n} migration(s) applied.")?,
    }
    Ok(())
}

fn show_plan(
    report: &SchemaReport,
    out: &mut dyn Write,
    talk: &mut dyn Write,
) -> Result<(), Error> {
    use mosaic_storage::SchemaState::Behind;
    match report.check() {
        Ok(()) => writeln!(talk, "Nothing to do: the schema is up to date.")?,
        Err(Behind { .. }) => {
            show(&pending(report), out)?;
            writeln!(
                talk,
                "`mosaic-migrate up` would apply these, in this order."
            )?;
        }
        Err(other) => return Err(Error::Schema(other)),
    }
    Ok(())
}

fn show_status(
    report: &SchemaReport,
    json: bool,
    out: &mut dyn Write,
    talk: &mut dyn Write,
) -> Result<(), Error> {
    let view = StatusView::from(report);
    if json {
        let text = serde_json::to_string_pretty(&view).map_err(std::io::Error::from)?;
        writeln!(out, "{text}")?;
        return Ok(());
    }
    show(&report.migrations, out)?;
    match view.problem {
        Some(problem) => writeln!(talk, "Not usable by this version: {problem}")?,
        None => writeln!(talk, "This version works on this schema.")?,
    }
    Ok(())
}

fn verify(report: &SchemaReport, out: &mut dyn Write, talk: &mut dyn Write) -> Result<(), Error> {
    let odd: Vec<_> = report
        .migrations
        .iter()
        .filter(|one| one.state != MigrationState::Applied)
        .cloned()
        .collect();
    show(&odd, out)?;
    report.check().map_err(Error::Schema)?;
    let newer = odd.len();
    if newer > 0 {
        writeln!(
            talk,
            "{newer} migration(s) come from a newer release that still supports this version."
        )?;
    }
    writeln!(
        talk,
        "The schema is the one this version works with; all checksums match."
    )?;
    Ok(())
}

fn show_token(admin: &FirstAdmin, out: &mut dyn Write, talk: &mut dyn Write) -> Result<(), Error> {
    writeln!(talk, "This token is shown once; keep it safe:")?;
    writeln!(out, "{}", admin.token.expose_secret())?;
    Ok(())
}

fn show(migrations: &[MigrationStatus], out: &mut dyn Write) -> Result<(), Error> {
    for one in migrations {
        let MigrationStatus {
            version,
            description,
            state,
        } = one;
        writeln!(out, "{version:04}  {state:<8}  {description}")?;
    }
    out.flush()?;
    Ok(())
}
