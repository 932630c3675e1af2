//! The commands: configuration, connection, work, and what is printed where.

use std::io::Write;
use std::time::Duration;

use mosaic_config::{Config, ExposeSecret as _, InternalConfig, LoadOptions};
use mosaic_storage::{MigrationState, MigrationStatus, Provided, SchemaReport, Storage};

use crate::first_admin::{FirstAdmin, FirstLogin, bootstrap_as};
use crate::reseal::{ResealReport, reseal, sealer};
use crate::schema::{StatusView, pending};
use crate::service_token::service_token;
use crate::{Cli, Command, Error, connect, provide_role, recover, up};

/// Runs one command: data to `out`, everything said to people to `talk`.
pub async fn run(cli: Cli, out: &mut dyn Write, talk: &mut dyn Write) -> Result<(), Error> {
    let Cli { config, command } = cli;
    let config = Config::load(LoadOptions::of_process(config))?;
    if let Command::ServiceToken { audience } = &command {
        return show_service_token(&config.internal, audience, out, talk);
    }
    let wait = match &command {
        Command::Up(wait) => Duration::from_secs(wait.wait_seconds),
        _ => Duration::ZERO,
    };
    let storage = connect(&config.postgres, wait, |text| {
        // A notice that cannot be shown is no reason to stop.
        drop(writeln!(talk, "{text}"));
    })
    .await?;
    let done = dispatch(command, &config, &storage, out, talk).await;
    storage.close().await;
    done
}

async fn dispatch(
    command: Command,
    config: &Config,
    storage: &Storage,
    out: &mut dyn Write,
    talk: &mut dyn Write,
) -> Result<(), Error> {
    match command {
        Command::Up(_) => {
            show_applied(&up(storage).await?, out, talk)?;
            show_role(provide_role(storage, &config.postgres).await?, talk)
        }
        Command::Plan => show_plan(&storage.schema().await?, out, talk),
        Command::Status { json } => show_status(&storage.schema().await?, json, out, talk),
        Command::Verify => verify(&storage.schema().await?, out, talk),
        Command::Bootstrap {
            name,
            workspace,
            email,
            password_stdin,
        } => {
            storage.require_schema().await?;
            let least = config.auth.password_min_length;
            let login = match email {
                Some(email) => Some(FirstLogin::read(email, &name, least, password_stdin)?),
                None => None,
            };
            let admin = bootstrap_as(storage, &name, &workspace, login.as_ref()).await?;
            writeln!(talk, "{name} now owns the workspace {workspace}.")?;
            show_token(&admin, out, talk)
        }
        Command::Token => {
            storage.require_schema().await?;
            show_token(&recover(storage).await?, out, talk)
        }
        Command::Reseal { check, json } => {
            let sealer = sealer(&config.secrets)?;
            storage.require_schema().await?;
            show_resealed(&reseal(storage, &sealer, check).await?, json, out, talk)
        }
        Command::ServiceToken { audience } => {
            show_service_token(&config.internal, &audience, out, talk)
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

fn show_role(provided: Option<Provided>, talk: &mut dyn Write) -> Result<(), Error> {
    let told = match provided {
        Some(Provided::Made) => "The role of postgres.url was made; it has what services need.",
        Some(Provided::Granted) => "The role of postgres.url has what services need.",
        Some(Provided::Owner) | None => {
            "The role of postgres.url owns the tables, so row security does not bind services: set postgres.owner_url."
        }
    };
    Ok(writeln!(talk, "{told}")?)
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

fn show_resealed(
    report: &ResealReport,
    json: bool,
    out: &mut dyn Write,
    talk: &mut dyn Write,
) -> Result<(), Error> {
    if json {
        let text = serde_json::to_string_pretty(report).map_err(std::io::Error::from)?;
        writeln!(out, "{text}")?;
    }
    for one in &report.columns {
        if !json {
            writeln!(
                out,
                "{:<30}  current {}  resealed {}  previous {}  unopened {}",
                one.column,
                one.current,
                one.resealed,
                one.previous,
                one.unopened.len()
            )?;
        }
        for lost in &one.unopened {
            writeln!(
                talk,
                "{} of the row {} does not open: {}",
                one.column, lost.row, lost.reason
            )?;
        }
    }
    if report.done {
        writeln!(talk, "Everything opens and is sealed with the current key.")?;
        return Ok(());
    }
    Err(Error::Sealed)
}

fn show_service_token(
    config: &InternalConfig,
    audience: &str,
    out: &mut dyn Write,
    talk: &mut dyn Write,
) -> Result<(), Error> {
    let token = service_token(config, audience)?;
    writeln!(
        talk,
        "This counts for a minute, at {audience} alone; send it as `authorization: Bearer …`:"
    )?;
    writeln!(out, "{}", token.expose_secret())?;
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
