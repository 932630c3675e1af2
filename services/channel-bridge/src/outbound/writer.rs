//! Showing pieces of text by messages of the channel, each written down before and after it is sent.
//!
//! A message is first noted as about to be sent, then sent, then noted with its id and the hash of what it shows. Later
//! texts of the same place change that message. Whoever continues after a crash finds the ids and goes on changing; a
//! message that was about to be sent and has no id may or may not be there: it is sent again, because an answer that is
//! missing is worse than one that is there twice.

use std::collections::BTreeMap;
use std::time::Duration;

use mosaic_bus::Backoff;
use mosaic_channels::ChannelError;
use mosaic_domain::DeliveryId;
use mosaic_storage::{Error, Post, PostPlace};
use sha2::{Digest as _, Sha256};
use tokio::time::{Instant, sleep_until};

use super::hold::Held;

/// Attempts at one message while a final text is shown, before the job is left for later.
const ATTEMPTS: u32 = 8;

/// What is to be shown, in order.
pub(super) type Wanted = Vec<(PostPlace, String)>;

/// Why a chat is left before everything is shown.
#[derive(Debug)]
pub(super) enum Stop {
    /// Somebody else holds it.
    Lost,
    /// The service stops.
    Leaving,
    /// The channel cannot be written to now.
    Later(Duration, String),
    /// The record failed.
    Storage(Error),
}

/// What can go wrong while something is shown.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The chat is left.
    Stop(Stop),
    /// The channel refused.
    Channel(ChannelError),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Storage(error)
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Stop(Stop::Storage(error))
    }
}

impl From<Stop> for Trouble {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

impl From<ChannelError> for Trouble {
    fn from(error: ChannelError) -> Self {
        Self::Channel(error)
    }
}

/// When a chat may be changed next.
#[derive(Debug)]
pub(super) struct Pacer {
    every: Duration,
    next: Instant,
    backoff: Backoff,
}

impl Pacer {
    pub(super) fn new(every: Duration) -> Self {
        Self {
            every,
            next: Instant::now(),
            backoff: Backoff::new(Duration::from_secs(1), Duration::from_secs(20)),
        }
    }

    /// When that is.
    pub(super) const fn next(&self) -> Instant {
        self.next
    }

    /// Not before this time has passed.
    pub(super) fn wait(&mut self, time: Duration) {
        self.next = self.next.max(Instant::now() + time);
    }

    fn succeeded(&mut self) {
        self.backoff.reset();
        self.next = Instant::now() + self.every;
    }

    /// Waits as long as the channel asks for, or longer from time to time.
    pub(super) fn failed(&mut self, after: Option<Duration>) {
        let wait = after.unwrap_or_else(|| self.backoff.wait().max(self.every));
        self.next = Instant::now() + wait;
    }
}

/// The messages of one delivery.
#[derive(Debug)]
pub(super) struct Writer {
    delivery_id: DeliveryId,
    /// Which message stands where, and what it shows; nothing where that is unknown.
    posts: BTreeMap<PostPlace, Option<(String, [u8; 32])>>,
}

/// What is to be done next so that the chat shows what it should.
#[derive(Debug, PartialEq, Eq)]
enum Step<'a> {
    Send(&'a PostPlace, &'a str),
    Edit(&'a PostPlace, String, &'a str),
    Remove(PostPlace, Option<String>),
}

impl Writer {
    pub(super) fn new(delivery_id: DeliveryId, posts: Vec<Post>) -> Self {
        let posts = posts.into_iter().map(|post| (post.place, post.shown));
        Self {
            delivery_id,
            posts: posts.collect(),
        }
    }

    /// Whether something was sent already, perhaps by somebody else.
    pub(super) fn has_begun(&self) -> bool {
        !self.posts.is_empty()
    }

    /// Whether the chat shows all of it.
    pub(super) fn is_shown(&self, wanted: &Wanted) -> bool {
        self.step(wanted).is_none()
    }

    fn step<'a>(&self, wanted: &'a Wanted) -> Option<Step<'a>> {
        for (place, text) in wanted {
            match self.posts.get(place) {
                Some(Some((_, hash))) if *hash == hash_of(text) => {}
                Some(Some((id, _))) => return Some(Step::Edit(place, id.clone(), text)),
                Some(None) | None => return Some(Step::Send(place, text)),
            }
        }
        // A text that has become shorter leaves messages over; the last one goes first.
        let over = |place: &&PostPlace| !wanted.iter().any(|(wanted, _)| wanted == *place);
        let place = self.posts.keys().rev().find(over)?;
        let id = self.posts[place].as_ref().map(|(id, _)| id.clone());
        Some(Step::Remove(place.clone(), id))
    }
}

impl Held {
    /// Does one thing towards showing what is wanted; `false` if there is nothing to do.
    pub(super) async fn write_step(
        &mut self,
        writer: &mut Writer,
        wanted: &Wanted,
    ) -> Result<bool, Trouble> {
        if self.lost.is_cancelled() {
            return Err(Stop::Lost.into());
        }
        match writer.step(wanted) {
            None => return Ok(false),
            Some(Step::Send(place, text)) => self.send(writer, place, text).await?,
            Some(Step::Edit(place, id, text)) => self.edit(writer, place, &id, text).await?,
            Some(Step::Remove(place, id)) => self.remove(writer, &place, id).await?,
        }
        self.pacer.succeeded();
        Ok(true)
    }

    /// Shows all of it, however long the channel makes that take; what does not go for long is left for later.
    pub(super) async fn write_all(
        &mut self,
        writer: &mut Writer,
        wanted: &Wanted,
    ) -> Result<(), Trouble> {
        let mut failures = 0;
        while !writer.is_shown(wanted) {
            tokio::select! {
                () = self.lost.cancelled() => return Err(Stop::Lost.into()),
                () = self.bridge.life.soft().cancelled() => return Err(Stop::Leaving.into()),
                () = sleep_until(self.pacer.next()) => {}
            }
            match self.write_step(writer, wanted).await {
                Ok(_) => failures = 0,
                Err(Trouble::Channel(ChannelError::Retry { after, reason })) => {
                    failures += 1;
                    tracing::info!(
                        channel = self.adapter.name(),
                        ?after,
                        reason,
                        "the channel asks to wait"
                    );
                    self.pacer.failed(after);
                    if failures >= ATTEMPTS {
                        return Err(ChannelError::Retry { after, reason }.into());
                    }
                }
                Err(trouble) => return Err(trouble),
            }
        }
        Ok(())
    }

    async fn send(
        &self,
        writer: &mut Writer,
        place: &PostPlace,
        text: &str,
    ) -> Result<(), Trouble> {
        let storage = &self.bridge.storage;
        if !storage
            .begin_post(&self.hold, writer.delivery_id, place)
            .await?
        {
            return Err(Stop::Lost.into());
        }
        writer.posts.insert(place.clone(), None);
        let sent = self.adapter.send(&self.hold.chat_id, text).await;
        self.count("send", &sent);
        self.note(writer, place, sent?, text).await
    }

    async fn still_holds(&self) -> Result<(), Stop> {
        if self.bridge.storage.is_chat_held(&self.hold).await? {
            Ok(())
        } else {
            Err(Stop::Lost)
        }
    }

    async fn edit(
        &self,
        writer: &mut Writer,
        place: &PostPlace,
        id: &str,
        text: &str,
    ) -> Result<(), Trouble> {
        self.still_holds().await?;
        let edited = self.adapter.edit(&self.hold.chat_id, id, text).await;
        self.count("edit", &edited);
        match edited {
            Ok(()) => self.note(writer, place, id.to_owned(), text).await,
            // Somebody has deleted it; what it would say is said in another.
            Err(ChannelError::MessageGone { .. }) => self.send(writer, place, text).await,
            Err(error) => Err(error.into()),
        }
    }

    async fn remove(
        &self,
        writer: &mut Writer,
        place: &PostPlace,
        id: Option<String>,
    ) -> Result<(), Trouble> {
        if let Some(id) = id {
            self.still_holds().await?;
            let removed = self.adapter.delete(&self.hold.chat_id, &id).await;
            self.count("delete", &removed);
            match removed {
                // What cannot be taken back stays.
                Ok(()) | Err(ChannelError::MessageGone { .. } | ChannelError::Fatal { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.bridge
            .storage
            .forget_post(writer.delivery_id, place)
            .await?;
        writer.posts.remove(place);
        Ok(())
    }

    /// Writes down what a message shows now. It was sent: nothing but the end of the process keeps this from being tried.
    async fn note(
        &self,
        writer: &mut Writer,
        place: &PostPlace,
        id: String,
        text: &str,
    ) -> Result<(), Trouble> {
        let hash = hash_of(text);
        let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(2));
        loop {
            let storage = &self.bridge.storage;
            match storage
                .record_post(writer.delivery_id, place, &id, &hash)
                .await
            {
                Ok(()) => break,
                Err(error) if error.is_transient() && !self.bridge.life.hard().is_cancelled() => {
                    tokio::time::sleep(backoff.wait()).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
        writer.posts.insert(place.clone(), Some((id, hash)));
        Ok(())
    }

    fn count<T>(&self, what: &'static str, outcome: &Result<T, ChannelError>) {
        let metrics = &self.bridge.metrics;
        metrics.call(self.adapter.name(), what, outcome.is_ok());
    }
}

fn hash_of(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(part: i32) -> PostPlace {
        PostPlace {
            piece: "answer".to_owned(),
            part,
        }
    }

    fn post(part: i32, shown: Option<(&str, &str)>) -> Post {
        Post {
            place: place(part),
            shown: shown.map(|(id, text)| (id.to_owned(), hash_of(text))),
        }
    }

    #[test]
    fn a_message_that_may_have_been_sent_is_sent_again_and_others_are_changed() {
        let id = DeliveryId::new(mosaic_runtime::clock::id());
        let posts = vec![post(0, Some(("7", "one"))), post(1, None)];
        let writer = Writer::new(id, posts);
        let wanted = vec![(place(0), "one".to_owned()), (place(1), "two".to_owned())];
        assert_eq!(writer.step(&wanted), Some(Step::Send(&place(1), "two")));
        let wanted = vec![(place(0), "one more".to_owned())];
        let edit = Step::Edit(&wanted[0].0, "7".to_owned(), "one more");
        assert_eq!(writer.step(&wanted), Some(edit));
    }

    #[test]
    fn a_text_that_became_shorter_takes_messages_back_from_the_end() {
        let id = DeliveryId::new(mosaic_runtime::clock::id());
        let posts = vec![
            post(0, Some(("7", "one"))),
            post(1, Some(("8", "two"))),
            post(2, None),
        ];
        let mut writer = Writer::new(id, posts);
        let wanted = vec![(place(0), "one".to_owned())];
        assert_eq!(writer.step(&wanted), Some(Step::Remove(place(2), None)));
        writer.posts.remove(&place(2));
        let remove = Step::Remove(place(1), Some("8".to_owned()));
        assert_eq!(writer.step(&wanted), Some(remove));
        writer.posts.remove(&place(1));
        assert!(writer.is_shown(&wanted));
    }
}
