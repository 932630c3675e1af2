//! `mosaic queue`.

mod command;
mod dead;
mod show;

use clap::{Args, Subcommand, ValueEnum};
use mosaic_client::Client;

use self::command::{Rebuild, Whole};
use self::dead::{Discard, Retry};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::Output;

/// Arguments of `queue`.
#[derive(Debug, Args)]
pub struct QueueArgs {
    #[command(subcommand)]
    command: Option<QueueCommand>,
}

/// What to do with the queues.
#[derive(Debug, Subcommand)]
pub(crate) enum QueueCommand {
    /// List them with what is in them (the default).
    Ls,
    /// Show one with what is in it, and why it is paused if it is.
    Show {
        /// Which one.
        queue: String,
    },
    /// Look at jobs that wait or are in work, without taking them.
    Peek {
        /// Of which queue.
        queue: String,
        /// Only those that lie there.
        #[arg(long)]
        lane: Option<Place>,
        /// How many at the most, 1 to 200.
        #[arg(long, short = 'n', default_value_t = 20, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=200))]
        limit: u32,
    },
    /// Look at jobs that were given up on, and why, the newest first.
    Dead {
        /// Of which queue.
        queue: String,
        /// How many at the most.
        #[arg(long, short = 'n', default_value_t = 20, value_name = "COUNT")]
        limit: u32,
    },
    /// Put dead jobs back as if they had never been tried, mended if need be.
    ///
    /// What is done already is not done again: whoever works on a job finds out that nothing is left to do, e.g. when its run
    /// has ended.
    Retry(Retry),
    /// Throw dead jobs away for good.
    Discard(Discard),
    /// Hand out no more jobs, through every restart, until it is resumed. Jobs in work are finished.
    Pause(Whole),
    /// Hand out jobs again.
    Resume(Whole),
    /// Move everything that waits to the dead jobs. Nothing is lost: `retry` puts it back.
    Drain {
        #[command(flatten)]
        whole: Whole,
        /// Do not ask.
        #[arg(long, short)]
        yes: bool,
    },
    /// Fill queues anew from the record: what waits in Valkey is removed, and what is undone on record is queued again.
    ///
    /// Needed by hand only when somebody damaged keys in Valkey; a Valkey that was lost as a whole is filled by itself.
    Rebuild(Rebuild),
}

/// Where a job lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Place {
    /// Priorities 8 to 10.
    High,
    /// Priorities 4 to 7.
    Normal,
    /// Priorities 1 to 3.
    Low,
    /// Not due yet.
    Delayed,
    /// Behind another one of its ordering key.
    Ordered,
}

impl Place {
    const fn name(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Normal => "normal",
            Self::Low => "low",
            Self::Delayed => "delayed",
            Self::Ordered => "ordered",
        }
    }
}

pub(crate) async fn run(context: &Context, args: QueueArgs) -> Outcome {
    let (client, output) = (context.client()?, context.output);
    match args.command.unwrap_or(QueueCommand::Ls) {
        QueueCommand::Ls => show::list(output, &client.queues().await?.items)?,
        QueueCommand::Show { queue } => show::one(output, &client.queue(&queue).await?)?,
        QueueCommand::Peek { queue, lane, limit } => {
            let lane = lane.map(Place::name);
            let jobs = client.peek_queue(&queue, lane, limit).await?.items;
            show::jobs(output, &jobs)?;
        }
        QueueCommand::Dead { queue, limit } => list_dead(&client, output, &queue, limit).await?,
        QueueCommand::Retry(retry) => retry.run(&client, output).await?,
        QueueCommand::Discard(discard) => return discard.run(&client, output).await,
        QueueCommand::Pause(whole) => whole.pause(&client, output).await?,
        QueueCommand::Resume(whole) => whole.resume(&client, output).await?,
        QueueCommand::Drain { whole, yes } => return whole.drain(&client, output, yes).await,
        QueueCommand::Rebuild(rebuild) => return rebuild.run(&client, output).await,
    }
    Ok(Exit::Done)
}

/// Prints dead letters, each page as it comes.
async fn list_dead(
    client: &Client,
    output: Output,
    queue: &str,
    limit: u32,
) -> Result<(), Failure> {
    const PAGE: u32 = 100;
    let (mut left, mut cursor, mut empty) = (limit, None, true);
    while left > 0 {
        let page = client.dead_jobs(queue, left.min(PAGE), cursor.as_deref());
        let page = page.await?;
        for job in &page.items {
            show::dead(output, job)?;
        }
        empty &= page.items.is_empty();
        left = left.saturating_sub(u32::try_from(page.items.len()).unwrap_or(u32::MAX));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    if empty && !output.json {
        output.say("no job of this queue was given up on");
    }
    Ok(())
}
