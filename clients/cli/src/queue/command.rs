//! Commands to whole queues.

use clap::Args;
use mosaic_client::Client;

use super::show;
use crate::confirm::confirmed;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::render::text::printable;

/// A queue, and why something is done to it.
#[derive(Debug, Args)]
pub(crate) struct Whole {
    /// Which one.
    queue: String,
    /// Why; others see it, and it is written down.
    #[arg(long)]
    reason: String,
}

impl Whole {
    pub(super) async fn pause(&self, client: &Client, output: Output) -> Result<(), Failure> {
        let status = client.pause_queue(&self.queue, &self.reason).await?;
        if output.json {
            output.document(&status)?;
            return Ok(());
        }
        output.say(&format!("{}: {}", status.name, show::state(&status)));
        if status.pending > 0 {
            let jobs = show::count(status.pending, "job");
            output.say(&format!("{jobs} in work are still finished"));
        }
        Ok(())
    }

    pub(super) async fn resume(&self, client: &Client, output: Output) -> Result<(), Failure> {
        let status = client.resume_queue(&self.queue, &self.reason).await?;
        if output.json {
            output.document(&status)?;
        } else {
            output.say(&format!("{}: {}", status.name, show::state(&status)));
        }
        Ok(())
    }

    pub(super) async fn drain(&self, client: &Client, output: Output, yes: bool) -> Outcome {
        let queue = printable(&self.queue);
        let question = format!("Move everything that waits on {queue} to its dead jobs?");
        if !yes && !confirmed(output, &question, "draining stops work for everybody")? {
            output.say("nothing was moved");
            return Ok(Exit::Failed);
        }
        let drained = client.drain_queue(&self.queue, &self.reason).await?;
        if output.json {
            output.document(&drained)?;
            return Ok(Exit::Done);
        }
        let jobs = show::count(drained.drained, "job");
        output.say(&format!("moved {jobs} to the dead jobs of {queue}"));
        if drained.drained > 0 {
            output.say(&format!(
                "`mosaic queue retry {queue} --all` puts them back"
            ));
        }
        Ok(Exit::Done)
    }
}

/// Arguments of `queue rebuild`.
#[derive(Debug, Args)]
pub(crate) struct Rebuild {
    /// Which one.
    #[arg(required_unless_present = "all")]
    queue: Option<String>,
    /// All of them.
    #[arg(long, conflicts_with = "queue")]
    all: bool,
    /// Why; it is written down.
    #[arg(long)]
    reason: String,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
}

impl Rebuild {
    pub(super) async fn run(self, client: &Client, output: Output) -> Outcome {
        let queue = self.queue.as_deref().map(printable);
        let what = queue.as_deref().unwrap_or("every queue");
        let question =
            format!("Fill {what} anew from the record? What waits in Valkey is removed first.");
        if !self.yes && !confirmed(output, &question, "what waits in Valkey is removed first")? {
            output.say("nothing was rebuilt");
            return Ok(Exit::Failed);
        }
        let rebuilt = match &self.queue {
            Some(queue) => vec![client.rebuild_queue(queue, &self.reason).await?],
            None => client.rebuild_queues(&self.reason).await?.items,
        };
        if output.json {
            for queue in &rebuilt {
                output.document(queue)?;
            }
        } else {
            output.raw(&show::rebuilt(&rebuilt))?;
        }
        Ok(Exit::Done)
    }
}
