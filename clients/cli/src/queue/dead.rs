//! Commands to dead jobs.

use std::io;

use clap::Args;
use mosaic_client::Client;
use serde_json::{Value, json};

use super::show::count;
use crate::confirm::confirmed;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::render::text::printable;

/// Dead jobs put back by one call.
const AT_ONCE: u64 = 1_000;

/// Arguments of `queue retry`.
#[derive(Debug, Args)]
pub(crate) struct Retry {
    /// Of which queue.
    queue: String,
    /// Which entries, as `dead` shows them.
    #[arg(required_unless_present = "all")]
    entries: Vec<String>,
    /// Everything that is dead now and belongs to your workspace.
    #[arg(long, conflicts_with = "entries")]
    all: bool,
    /// How many at the most: the newest.
    #[arg(long, short = 'n', value_name = "COUNT", requires = "all")]
    limit: Option<u64>,
    /// What is to be done instead, as JSON; - reads it from standard input. For one entry.
    #[arg(long, value_name = "JSON", conflicts_with = "all")]
    data: Option<String>,
    /// Why; it is written down.
    #[arg(long)]
    reason: Option<String>,
}

impl Retry {
    pub(super) async fn run(&self, client: &Client, output: Output) -> Result<(), Failure> {
        if self.all {
            return self.run_all(client, output).await;
        }
        let data = self.data()?;
        for entry in &self.entries {
            let reason = self.reason.as_deref();
            let job = client.retry_dead_job(&self.queue, entry, data.as_ref(), reason);
            let job = job.await?;
            if output.json {
                output.document(&job)?;
            } else {
                output.line(&job.id.to_string())?;
                output.say(&format!("{} is queued again", printable(entry)));
            }
        }
        Ok(())
    }

    async fn run_all(&self, client: &Client, output: Output) -> Result<(), Failure> {
        // What dies again meanwhile is not tried again and again.
        let mut left = match self.limit {
            Some(limit) => limit,
            None => client.queue(&self.queue).await?.dead,
        };
        let (mut retried, mut more) = (0, false);
        while left > 0 {
            let wanted = left.min(AT_ONCE);
            let limit = u32::try_from(wanted).unwrap_or(u32::MAX);
            let reason = self.reason.as_deref();
            let done = client.retry_dead_jobs(&self.queue, limit, reason).await?;
            retried += done.retried;
            more = done.more;
            if done.retried < wanted {
                break;
            }
            left -= wanted;
        }
        if output.json {
            // As the API says it: absent where there is nothing to tell.
            let document = if more {
                json!({ "retried": retried, "more": true })
            } else {
                json!({ "retried": retried })
            };
            output.document(&document)?;
        } else {
            output.say(&format!("queued {} again", count(retried, "dead job")));
            if more {
                output.say("older ones were not looked at: put single ones back by their entries");
            }
        }
        Ok(())
    }

    fn data(&self) -> Result<Option<Value>, Failure> {
        let Some(text) = &self.data else {
            return Ok(None);
        };
        let usage = |message: String| Failure::new(Exit::Usage, message);
        if self.entries.len() > 1 {
            return Err(usage("--data is for one entry".to_owned()));
        }
        let text = if text == "-" {
            io::read_to_string(io::stdin())?
        } else {
            text.clone()
        };
        let data = serde_json::from_str(&text);
        data.map(Some)
            .map_err(|error| usage(format!("--data is no JSON: {error}")))
    }
}

/// Arguments of `queue discard`.
#[derive(Debug, Args)]
pub(crate) struct Discard {
    /// Of which queue.
    queue: String,
    /// Which entries, as `dead` shows them.
    #[arg(required = true)]
    entries: Vec<String>,
    /// Why; it is written down.
    #[arg(long)]
    reason: Option<String>,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
}

impl Discard {
    pub(super) async fn run(&self, client: &Client, output: Output) -> Outcome {
        let what = match self.entries.len() {
            1 => "this dead job".to_owned(),
            many => format!("these {many} dead jobs"),
        };
        let question = format!("Throw {what} away? Nobody will do it any more.");
        if !self.yes && !confirmed(output, &question, "a job that is thrown away is gone")? {
            output.say("nothing was thrown away");
            return Ok(Exit::Failed);
        }
        for entry in &self.entries {
            let reason = self.reason.as_deref();
            client.discard_dead_job(&self.queue, entry, reason).await?;
            if output.json {
                output.document(&json!({ "discarded": entry }))?;
            } else {
                output.say(&format!("threw {} away", printable(entry)));
            }
        }
        Ok(Exit::Done)
    }
}
