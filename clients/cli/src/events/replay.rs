//! `mosaic events replay`.

use chrono::{DateTime, Utc};
use mosaic_client::{BusEventFilter, EventLogQuery};

use super::{show, written};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Outcome;

/// Events asked for at once.
const PAGE: u64 = 200;

/// Prints archived events, each page as it comes.
pub(super) async fn run(
    context: &Context,
    filter: BusEventFilter,
    until: Option<DateTime<Utc>>,
    limit: Option<u64>,
) -> Outcome {
    let (client, output) = (context.client()?, context.output);
    let query = EventLogQuery {
        filter,
        until: until.map(written),
        oldest_first: true,
    };
    let mut left = limit.unwrap_or(u64::MAX);
    let mut cursor: Option<String> = None;
    let mut empty = true;
    while left > 0 {
        let wanted = u32::try_from(left.min(PAGE)).unwrap_or(u32::MAX);
        let page = client.event_log(&query, wanted, cursor.as_deref()).await?;
        for event in &page.items {
            show(output, event)?;
        }
        empty &= page.items.is_empty();
        left = left.saturating_sub(page.items.len() as u64);
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    if empty && !output.json && output.talk_is_terminal {
        output.say("no such event is archived");
    }
    Ok(Exit::Done)
}
