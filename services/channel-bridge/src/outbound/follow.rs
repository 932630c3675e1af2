//! Following a run and showing it as it grows.

use std::sync::Arc;
use std::time::Duration;

use mosaic_channels::ChannelError;
use mosaic_domain::{Cursor, MessageId, RunEvent, RunId, Scope};
use mosaic_storage::Error;
use mosaic_watch::{Frame, RunWatch};
use tokio::time::{Instant, sleep_until, timeout};

use super::hold::Held;
use super::story::Story;
use super::writer::{Stop, Trouble, Writer};

/// How often notices are looked for while an answer is being written.
const NOTICES: Duration = Duration::from_secs(1);
/// A sign of typing that takes longer is not waited for.
const TYPING: Duration = Duration::from_secs(2);
/// Who goes on after somebody else waits until the log was read, so that the chat does not go back and forth.
const READ_FIRST: Duration = Duration::from_secs(1);

/// What happens next.
enum Next {
    Event(Option<Arc<Frame>>),
    Write,
    Type,
    Notice,
}

impl Held {
    /// Shows a run until it ends.
    pub(super) async fn follow(
        &mut self,
        writer: &mut Writer,
        scope: Scope,
        run_id: RunId,
    ) -> Result<(), Trouble> {
        let storage = &self.bridge.storage;
        let Some(run) = storage.run(scope, run_id).await? else {
            return Ok(());
        };
        let watch = self.bridge.hub.watch_run(&run, Cursor::START).await?;
        let Some(watch) = watch else { return Ok(()) };
        if writer.has_begun() {
            self.pacer.wait(READ_FIRST);
        }
        let max = self.adapter.limits().max_text;
        let story = self.grow(writer, watch, max).await?;
        if story.is_over() {
            self.write_all(writer, &story.wanted(max)).await?;
        }
        Ok(())
    }

    /// Shows what there is while more is coming.
    async fn grow(
        &mut self,
        writer: &mut Writer,
        mut watch: RunWatch,
        max: usize,
    ) -> Result<Story, Trouble> {
        let mut story = Story::default();
        let mut changed = false;
        let mut typing = Instant::now();
        let mut notices = Instant::now() + NOTICES;
        while !story.is_over() {
            let write_at = self.pacer.next();
            let next = tokio::select! {
                biased;
                () = self.lost.cancelled() => return Err(Stop::Lost.into()),
                () = self.bridge.life.soft().cancelled() => return Err(Stop::Leaving.into()),
                frame = watch.next() => Next::Event(frame?),
                () = sleep_until(write_at), if changed => Next::Write,
                () = sleep_until(typing), if !story.is_paused() => Next::Type,
                () = sleep_until(notices) => Next::Notice,
            };
            match next {
                // The conversation is gone, and the run with it.
                Next::Event(None) => break,
                Next::Event(Some(frame)) => {
                    self.tell(&mut story, &frame).await?;
                    while let Some(frame) = watch.try_next() {
                        self.tell(&mut story, &frame).await?;
                    }
                    changed = true;
                }
                Next::Write => changed = self.write_some(writer, &story, max).await?,
                Next::Type => {
                    self.type_along().await;
                    typing = Instant::now() + self.adapter.limits().typing_lasts.mul_f64(0.8);
                }
                Next::Notice => {
                    self.interject().await?;
                    notices = Instant::now() + NOTICES;
                }
            }
        }
        Ok(story)
    }

    async fn tell(&self, story: &mut Story, frame: &Frame) -> Result<(), Error> {
        let event = match frame.event() {
            Ok(event) => event,
            Err(error) => {
                tracing::error!(run = %frame.run_id(), %error, "an event cannot be read");
                return Ok(());
            }
        };
        match event {
            RunEvent::Accepted {
                message_id,
                content,
                ..
            }
            | RunEvent::MessageAdded {
                message_id,
                content,
            } => self.quote(story, message_id, content).await?,
            event => story.apply(frame.cursor().seq, event),
        }
        Ok(())
    }

    /// What was said in the chat itself is to be read there already.
    async fn quote(
        &self,
        story: &mut Story,
        message_id: MessageId,
        content: String,
    ) -> Result<(), Error> {
        let storage = &self.bridge.storage;
        if !storage
            .came_by_channel(&self.hold.channel, message_id)
            .await?
        {
            story.quote(message_id, content);
        }
        Ok(())
    }

    /// Does one thing towards showing what there is; what the channel does not take now it may take later. Says whether there
    /// is more to do.
    async fn write_some(
        &mut self,
        writer: &mut Writer,
        story: &Story,
        max: usize,
    ) -> Result<bool, Trouble> {
        let wanted = story.wanted(max);
        match self.write_step(writer, &wanted).await {
            Ok(_) => Ok(!writer.is_shown(&wanted)),
            Err(Trouble::Channel(ChannelError::Retry { after, reason })) => {
                tracing::info!(
                    channel = self.adapter.name(),
                    ?after,
                    reason,
                    "the channel asks to wait"
                );
                self.pacer.failed(after);
                Ok(true)
            }
            // A text that is still growing may be one that cannot be shown yet; what it becomes decides.
            Err(Trouble::Channel(ChannelError::Fatal { reason })) => {
                tracing::info!(
                    channel = self.adapter.name(),
                    reason,
                    "what there is so far is not shown"
                );
                self.pacer.wait(self.adapter.limits().min_edit_interval);
                Ok(false)
            }
            Err(trouble) => Err(trouble),
        }
    }

    async fn type_along(&self) {
        let shown = timeout(TYPING, self.adapter.typing(&self.hold.chat_id)).await;
        if let Ok(Err(error)) = shown {
            tracing::debug!(channel = self.adapter.name(), %error, "typing is not shown");
        }
    }

    /// Shows notices that were queued meanwhile: an answer to a command does not wait for the agent's.
    async fn interject(&mut self) -> Result<(), Stop> {
        while let Some(notice) = self.bridge.storage.next_notice(&self.hold).await? {
            Box::pin(self.make(&notice)).await?;
        }
        Ok(())
    }
}
