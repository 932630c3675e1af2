//! `mosaic events`.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use clap::{Args, Subcommand};
use mosaic_client::{BusEvent, BusEventFilter, Patience};
use tokio_util::task::TaskTracker;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::interrupt::Interrupts;
use crate::output::{Output, Tone};
use crate::render::text::{local_time, one_line, printable};

/// Silence is normal here, and so is a gateway that is updated: the patience is long.
const GIVE_UP_AFTER: Duration = Duration::from_hours(1);

/// Arguments of `events`.
#[derive(Debug, Args)]
pub struct EventsArgs {
    #[command(subcommand)]
    command: EventsCommand,
}

/// What to do with events.
#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// Print events as they happen, until Ctrl-C. Needs the role owner or admin.
    Tail {
        /// Only this type, e.g. message.created, or message.* for all that begin like this.
        #[arg(long = "type", value_name = "TYPE")]
        kind: Option<String>,
        /// Only this subject, e.g. conversation/<id>.
        #[arg(long)]
        subject: Option<String>,
        /// Begin in the past, e.g. 2026-01-31T08:00:00Z.
        #[arg(long, value_name = "TIME")]
        since: Option<DateTime<Utc>>,
    },
}

pub(crate) async fn run(context: &Context, args: EventsArgs) -> Outcome {
    let EventsCommand::Tail {
        kind,
        subject,
        since,
    } = args.command;
    let (client, output) = (context.client()?, context.output);
    let interrupts = Interrupts::listen(&TaskTracker::new())?;
    let since = since.map(|time| time.to_rfc3339_opts(SecondsFormat::AutoSi, true));
    let patience = Patience {
        give_up_after: Some(GIVE_UP_AFTER),
        ..Patience::default()
    };
    let mut events = client
        .watch_events(
            &BusEventFilter {
                kind,
                subject,
                since,
            },
            patience,
        )
        .await?;
    if !output.json && output.out_is_terminal {
        output.say(&output.paint(Tone::Dim, "waiting for events; Ctrl-C ends this"));
    }
    loop {
        tokio::select! {
            event = events.next() => show(output, &event?)?,
            // Ending it is how one stops watching.
            () = interrupts.more_than(0) => return Ok(Exit::Done),
        }
    }
}

fn show(output: Output, event: &BusEvent) -> Result<(), Failure> {
    if output.json {
        output.document(event)?;
        return Ok(());
    }
    let data = one_line(&printable(&event.data.to_string()), 120);
    let time = output.paint_data(Tone::Dim, &local_time(event.time));
    let kind = output.paint_data(Tone::Strong, &format!("{:<18}", event.kind));
    output.line(&format!(
        "{time}  {kind}  {}  {}",
        one_line(&printable(&event.subject), 120),
        output.paint_data(Tone::Dim, &data)
    ))?;
    Ok(())
}
