//! `cargo xtask ci`: every check, each announced and timed; all run, so that one sees all faults.

use std::{
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};

use tokio::process::Command;

use crate::{process, say, setup, web};

/// Advisories need the network and change without us; they are looked at apart from CI.
const DENY: [&str; 5] = ["deny", "check", "bans", "licenses", "sources"];

struct Done {
    name: &'static str,
    outcome: &'static str,
    took: Duration,
}

pub(crate) async fn run(configured: Option<&Path>) -> anyhow::Result<ExitCode> {
    let started = Instant::now();
    let mut done = Vec::new();
    stage(
        &mut done,
        "format",
        process::cargo(["fmt", "--all", "--check"]),
    )
    .await?;
    // Before the lints, which find everything compiled: a query is described while it is looked at.
    stage(
        &mut done,
        "SQL metadata fresh",
        xtask(configured, &["gen", "sql", "--check"]),
    )
    .await?;
    stage(&mut done, "lints", process::cargo(process::LINTS)).await?;
    stage(
        &mut done,
        "contracts fresh",
        xtask(configured, &["gen", "proto", "--check"]),
    )
    .await?;
    stage(
        &mut done,
        "API document fresh",
        xtask(configured, &["gen", "api", "--check"]),
    )
    .await?;
    stage(
        &mut done,
        "event catalogue fresh",
        xtask(configured, &["gen", "events", "--check"]),
    )
    .await?;
    stage(
        &mut done,
        "table of isolation fresh",
        xtask(configured, &["gen", "isolation", "--check"]),
    )
    .await?;
    if let Some(lack) = web::lack().await {
        skip(&mut done, "web page", &lack);
    } else {
        stage(
            &mut done,
            "web page",
            xtask(configured, &["web", "--check"]),
        )
        .await?;
    }
    if setup::has("deny").await {
        stage(&mut done, "licences and bans", process::cargo(DENY)).await?;
    } else {
        skip(
            &mut done,
            "licences and bans",
            "cargo-deny is not installed",
        );
    }
    stage(&mut done, "tests", xtask(configured, &["test"])).await?;

    say::stage(&format!(
        "summary, {} in all",
        say::seconds(started.elapsed())
    ));
    for Done {
        name,
        outcome,
        took,
    } in &done
    {
        say::line(format!("    {outcome:<8} {name} ({})", say::seconds(*took)));
    }
    let failed = done.iter().any(|stage| stage.outcome == "FAILED");
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// A verb of ours, just as the README says to call it.
fn xtask(configured: Option<&Path>, verb: &[&str]) -> Command {
    let mut command = process::cargo(["xtask"]);
    if let Some(folder) = configured {
        command.arg("--engines").arg(folder);
    }
    command.args(verb);
    command
}

fn skip(done: &mut Vec<Done>, name: &'static str, reason: &str) {
    say::stage(&format!("{name}: skipped, {reason}"));
    done.push(Done {
        name,
        outcome: "skipped",
        took: Duration::ZERO,
    });
}

async fn stage(done: &mut Vec<Done>, name: &'static str, command: Command) -> anyhow::Result<()> {
    say::stage(name);
    let started = Instant::now();
    let status = process::run(command).await?;
    let took = started.elapsed();
    let outcome = if status.success() { "ok" } else { "FAILED" };
    say::line(format!(
        "    {name}: {outcome} after {}",
        say::seconds(took)
    ));
    done.push(Done {
        name,
        outcome,
        took,
    });
    Ok(())
}
