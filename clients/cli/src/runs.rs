//! `mosaic runs`.

use clap::{Args, Subcommand};
use mosaic_client::Run;
use mosaic_domain::RunId;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::render::text::{duration, local_time, printable};

/// Arguments of `runs`.
#[derive(Debug, Args)]
pub struct RunsArgs {
    #[command(subcommand)]
    command: RunsCommand,
}

/// What to do with a run.
#[derive(Debug, Subcommand)]
pub(crate) enum RunsCommand {
    /// Show where it stands.
    Show {
        /// Which one.
        id: RunId,
    },
    /// Stop it.
    Stop {
        /// Which one.
        id: RunId,
        /// Why, for the others who watch it.
        #[arg(long)]
        reason: Option<String>,
    },
}

pub(crate) async fn run(context: &Context, args: RunsArgs) -> Outcome {
    let (client, output) = (context.client()?, context.output);
    match args.command {
        RunsCommand::Show { id } => {
            let run = client.run(id).await?;
            if output.json {
                output.document(&run)?;
            } else {
                output.raw(&shown(&run))?;
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
    }
    Ok(Exit::Done)
}

fn shown(run: &Run) -> String {
    let mut lines = vec![
        ("run", run.id.to_string()),
        ("conversation", run.conversation_id.to_string()),
        ("state", run.state.as_str().to_owned()),
    ];
    let mut optional = |name, value: Option<String>| lines.extend(value.map(|value| (name, value)));
    optional("code", run.end_code.clone());
    optional("reason", run.end_reason.clone());
    optional("agent", run.agent.clone());
    optional("queued", Some(local_time(run.created_at)));
    let took = run
        .started_at
        .zip(run.ended_at)
        .map(|(start, end)| end - start);
    optional("started", run.started_at.map(local_time));
    optional(
        "took",
        took.map(|took| duration(took.num_milliseconds().unsigned_abs())),
    );
    let usage = run.usage;
    optional(
        "tokens",
        Some(format!(
            "{} in, {} out",
            usage.input_tokens, usage.output_tokens
        )),
    );
    let shown = |(name, value): &(&str, String)| format!("{name:<13} {}\n", printable(value));
    lines.iter().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_shown_with_what_is_known_of_it() {
        let id = "01890000-0000-7000-8000-000000000001";
        let run = serde_json::json!({"id": id, "conversationId": id, "state": "failed", "endCode": "provider_auth",
            "endReason": "the key was refused", "createdAt": "2026-01-02T03:04:05Z",
            "startedAt": "2026-01-02T03:04:06Z", "endedAt": "2026-01-02T03:04:08.5Z", "usage": {"inputTokens": 3}});
        let text = shown(&serde_json::from_value(run).unwrap());
        let timeless: Vec<&str> = text
            .lines()
            .filter(|line| !line.starts_with("queued") && !line.starts_with("started"))
            .collect();
        insta::assert_snapshot!(timeless.join("\n"), @r"
        run           01890000-0000-7000-8000-000000000001
        conversation  01890000-0000-7000-8000-000000000001
        state         failed
        code          provider_auth
        reason        the key was refused
        took          2.5 s
        tokens        3 in, 0 out
        ");
    }
}
