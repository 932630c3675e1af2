//! `mosaic events`.

mod replay;
mod tail;

use chrono::{DateTime, SecondsFormat, Utc};
use clap::{Args, Subcommand};
use mosaic_client::{BusEvent, BusEventFilter};

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::output::{Output, Tone};
use crate::render::text::{local_time, one_line, printable};

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
    Tail(FilterArgs),
    /// Print archived events in the order in which they happened. Needs the role owner or admin.
    Replay {
        #[command(flatten)]
        filter: FilterArgs,
        /// End at this time; what happened then is left out.
        #[arg(long, value_name = "TIME")]
        until: Option<DateTime<Utc>>,
        /// How many at the most. Without it: all.
        #[arg(long, short = 'n', value_name = "COUNT")]
        limit: Option<u64>,
    },
}

/// Which events.
#[derive(Debug, Args)]
pub(crate) struct FilterArgs {
    /// Only this type, e.g. message.created, or message.* for all that begin like this.
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Only this subject, e.g. conversation/<id>.
    #[arg(long)]
    subject: Option<String>,
    /// Begin in the past, e.g. 2026-01-31T08:00:00Z.
    #[arg(long, value_name = "TIME")]
    since: Option<DateTime<Utc>>,
}

impl From<FilterArgs> for BusEventFilter {
    fn from(args: FilterArgs) -> Self {
        Self {
            kind: args.kind,
            subject: args.subject,
            since: args.since.map(written),
        }
    }
}

/// A time as the API reads it.
fn written(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

pub(crate) async fn run(context: &Context, args: EventsArgs) -> Outcome {
    match args.command {
        EventsCommand::Tail(filter) => tail::run(context, &filter.into()).await,
        EventsCommand::Replay {
            filter,
            until,
            limit,
        } => replay::run(context, filter.into(), until, limit).await,
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
