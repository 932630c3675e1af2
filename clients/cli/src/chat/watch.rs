//! Following a run to its end, whatever happens on the way.

use std::time::Duration;

use mosaic_client::{Event, Patience, Sent};
use tokio::time::{Instant, sleep_until, timeout};

use super::Chat;
use super::speaker::Speaker;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Tone;

/// A shorter absence of the gateway is nobody's business.
const MENTION_AFTER: Duration = Duration::from_secs(3);
/// How often it is looked whether the gateway is there.
const TICK: Duration = Duration::from_secs(1);
/// How long a stopped run may take to say so.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// How a run ended for the person who watched it.
#[derive(Debug)]
pub(crate) enum End {
    /// With an answer.
    Answered,
    /// Somebody else stopped it.
    Stopped(String),
    /// It failed.
    Failed(Failure),
    /// We stopped it, or stopped watching.
    Interrupted,
}

impl Chat {
    /// Prints the answer to a sent message as it comes. The first Ctrl-C stops the run, the second stops waiting.
    pub(crate) async fn watch(&self, sent: &Sent) -> Result<End, Failure> {
        let before = self.interrupts.count();
        let mut stream = self
            .client
            .watch_run(sent.run_id, None, Patience::default())
            .await?;
        let mut speaker = Speaker::new(self.output, sent);
        let mut mention = Mention::default();
        let mut until: Option<Instant> = None;
        loop {
            let frame = tokio::select! {
                frame = timeout(TICK, stream.next()) => frame,
                () = self.interrupts.more_than(before + u32::from(until.is_some())) => {
                    if until.is_some() {
                        return Ok(End::Interrupted);
                    }
                    speaker.talk(Tone::Dim, "stopping; Ctrl-C again to leave at once");
                    self.stop(sent, &mut speaker).await;
                    until = Some(Instant::now() + STOP_PATIENCE);
                    continue;
                }
                () = sleep_until(until.unwrap_or_else(far)), if until.is_some() => {
                    speaker.talk(Tone::Warn, "the run has not said that it stopped");
                    return Ok(End::Interrupted);
                }
            };
            let Ok(frame) = frame else {
                if mention.is_due(stream.is_connected()) {
                    speaker.talk(Tone::Dim, "the gateway is away; waiting for it");
                }
                continue;
            };
            let Some(frame) = frame.transpose()? else {
                return Ok(End::Interrupted);
            };
            speaker.frame(&frame)?;
            if let Some(end) = end_of(&frame.event) {
                return Ok(if until.is_some() {
                    End::Interrupted
                } else {
                    end
                });
            }
        }
    }

    async fn stop(&self, sent: &Sent, speaker: &mut Speaker) {
        let stop = self.client.stop(sent.run_id, Some("stopped with Ctrl-C"));
        match timeout(STOP_PATIENCE, stop).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => speaker.talk(Tone::Warn, &format!("cannot stop the run: {error}")),
            Err(_) => speaker.talk(Tone::Warn, "the gateway does not answer"),
        }
    }
}

/// When to say that the gateway is away: once, and not for a short restart.
#[derive(Debug, Default)]
struct Mention {
    away_since: Option<Instant>,
    said: bool,
}

impl Mention {
    fn is_due(&mut self, connected: bool) -> bool {
        if connected {
            *self = Self::default();
            return false;
        }
        let since = *self.away_since.get_or_insert_with(Instant::now);
        since.elapsed() >= MENTION_AFTER && !std::mem::replace(&mut self.said, true)
    }
}

fn far() -> Instant {
    Instant::now() + Duration::from_hours(1)
}

fn end_of(event: &Event) -> Option<End> {
    Some(match event {
        Event::Completed { .. } => End::Answered,
        Event::Cancelled { reason } => End::Stopped(reason.clone()),
        Event::Killed { reason } => End::Failed(Failure::new(
            Exit::RunFailed,
            format!("the run was ended by force: {reason}"),
        )),
        Event::Failed { code, reason } => {
            let mut failure = Failure::new(Exit::RunFailed, format!("the run failed: {reason}"));
            failure.code = Some(code.clone());
            End::Failed(failure)
        }
        _ => return None,
    })
}
