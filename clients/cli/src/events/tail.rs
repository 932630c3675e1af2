//! `mosaic events tail`.

use std::time::Duration;

use mosaic_client::{BusEventFilter, Patience};
use tokio_util::task::TaskTracker;

use super::show;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::interrupt::Interrupts;
use crate::output::Tone;

/// Silence is normal here, and so is a gateway that is updated: the patience is long.
const GIVE_UP_AFTER: Duration = Duration::from_hours(1);

/// Prints events as they come.
pub(super) async fn run(context: &Context, filter: &BusEventFilter) -> Outcome {
    let (client, output) = (context.client()?, context.output);
    let interrupts = Interrupts::listen(&TaskTracker::new())?;
    let patience = Patience {
        give_up_after: Some(GIVE_UP_AFTER),
        ..Patience::default()
    };
    let mut events = client.watch_events(filter, patience).await?;
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
