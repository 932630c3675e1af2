//! `mosaic runs`.

mod list;
mod show;

use clap::{Args, Subcommand};
use mosaic_client::{Client, RunEntry, RunQuery, RunScope};
use mosaic_domain::RunId;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::render::text::printable;

/// Arguments of `runs`.
#[derive(Debug, Args)]
pub struct RunsArgs {
    #[command(subcommand)]
    command: RunsCommand,
}

/// What to do with runs. Owners and admins may command everybody's.
#[derive(Debug, Subcommand)]
pub(crate) enum RunsCommand {
    /// List them, the newest first.
    Ls {
        /// Everybody's in the workspace. Needs the role owner or admin.
        #[arg(long)]
        all: bool,
        /// Only those that stand like this: queued, running, paused, completed, failed, cancelled, killed, `active` or `ended`.
        #[arg(long, value_name = "STATE")]
        state: Option<String>,
        /// How many at the most.
        #[arg(long, short = 'n', default_value_t = 20, value_name = "COUNT")]
        limit: u32,
    },
    /// Show where one stands.
    Show {
        /// Which one.
        id: RunId,
    },
    /// Stop one. What it has said so far stays.
    Stop {
        /// Which one.
        id: RunId,
        /// Why, for the others who watch it.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Pause one after the step in hand. It keeps everything and holds no worker.
    Pause {
        /// Which one.
        id: RunId,
        /// Why, for the others who watch it.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Have a paused one go on.
    Resume {
        /// Which one.
        id: RunId,
        /// Why; written down.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Say something to one of yours while it goes on; it is read with the next call of the model.
    Inject {
        /// Which one.
        id: RunId,
        /// What to say.
        message: String,
    },
    /// End one by force, at once and whether or not its worker answers.
    Kill {
        /// Which one.
        id: RunId,
        /// Why; shown to everyone who watches, and written down.
        #[arg(long)]
        reason: String,
    },
    /// End all of yours by force.
    KillAll {
        /// Everybody's in the workspace. Needs the role owner or admin.
        #[arg(long)]
        all: bool,
        /// Why; shown to everyone who watches, and written down.
        #[arg(long)]
        reason: String,
    },
}

pub(crate) async fn run(context: &Context, args: RunsArgs) -> Outcome {
    let (client, output) = (context.client()?, context.output);
    match args.command {
        RunsCommand::Ls { all, state, limit } => {
            let query = RunQuery {
                scope: scope(all),
                state,
                limit,
                cursor: None,
            };
            ls(&client, output, query).await?;
        }
        RunsCommand::Show { id } => {
            let run = client.run(id).await?;
            if output.json {
                output.document(&run)?;
            } else {
                output.raw(&show::shown(&run))?;
            }
        }
        RunsCommand::Stop { id, reason } => {
            let stopped = client.stop(id, reason.as_deref()).await?;
            if output.json {
                output.document(&stopped)?;
            } else {
                output.say(&format!("run {id}: {}", printable(&stopped.state)));
            }
        }
        RunsCommand::Pause { id, reason } => {
            commanded(output, &client.pause(id, reason.as_deref()).await?)?;
        }
        RunsCommand::Resume { id, reason } => {
            commanded(output, &client.resume(id, reason.as_deref()).await?)?;
        }
        RunsCommand::Inject { id, message } => {
            let key = uuid::Uuid::new_v4().to_string();
            let sent = client.inject(id, &message, &key).await?;
            if output.json {
                output.document(&sent)?;
            } else {
                output.say(&format!("run {id}: the message has joined"));
            }
        }
        RunsCommand::Kill { id, reason } => commanded(output, &client.kill(id, &reason).await?)?,
        RunsCommand::KillAll { all, reason } => {
            let killed = client.kill_all(scope(all), &reason).await?;
            if output.json {
                output.document(&killed)?;
            } else {
                output.say(&format!("{} ended by force", counted(killed.killed)));
            }
        }
    }
    Ok(Exit::Done)
}

const fn scope(all: bool) -> RunScope {
    if all {
        RunScope::Workspace
    } else {
        RunScope::Mine
    }
}

fn counted(runs: u32) -> String {
    match runs {
        1 => "1 run".to_owned(),
        many => format!("{many} runs"),
    }
}

/// As many runs as are asked for, however many pages that takes.
async fn ls(client: &Client, output: Output, mut query: RunQuery) -> Result<(), Failure> {
    /// The longest page.
    const PAGE: u32 = 200;
    let (wanted, everybody) = (query.limit, query.scope == RunScope::Workspace);
    let mut entries: Vec<RunEntry> = Vec::new();
    loop {
        let have = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        query.limit = wanted.saturating_sub(have).clamp(1, PAGE);
        let page = client.list_runs(&query).await?;
        entries.extend(page.items);
        query.cursor = page.next_cursor;
        if query.cursor.is_none() || entries.len() >= wanted as usize {
            break;
        }
    }
    if output.json {
        for entry in &entries {
            output.document(entry)?;
        }
        return Ok(());
    }
    if entries.is_empty() {
        output.say("no runs");
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "how long something has taken so far is shown to a person"
    )]
    let now = chrono::Utc::now();
    output.raw(&list::shown(&entries, everybody, now))?;
    Ok(())
}

/// What became of a command.
fn commanded(output: Output, entry: &RunEntry) -> Result<(), Failure> {
    if output.json {
        output.document(entry)?;
        return Ok(());
    }
    let state = entry.state.as_str();
    output.say(&match entry.requested.and_then(show::asked) {
        Some(asked) => format!("run {}: {state}, asked to {asked}", entry.id),
        None => format!("run {}: {state}", entry.id),
    });
    Ok(())
}
