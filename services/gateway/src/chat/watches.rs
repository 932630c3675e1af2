//! The conversations that a socket watches.

use std::pin::Pin;
use std::sync::Arc;

use futures::{FutureExt as _, Stream, StreamExt as _, stream};
use mosaic_domain::ConversationId;
use mosaic_storage::Error;
use mosaic_watch::{ConversationWatch, Frame};
use tokio_stream::StreamMap;

use crate::stream_limit::StreamPermit;

/// What a watched conversation has to say.
#[derive(Debug)]
pub(super) enum Seen {
    /// An event.
    Frame(Arc<Frame>),
    /// It was deleted; nothing more will come.
    Gone,
    /// It cannot be read any more.
    Failed(Error),
}

type Watched = Pin<Box<dyn Stream<Item = Seen> + Send>>;

/// All of them as one stream.
#[derive(Default)]
pub(super) struct Watches {
    streams: StreamMap<ConversationId, Watched>,
}

impl Watches {
    /// Adds a conversation, in place of an earlier watch of it.
    pub(super) fn add(
        &mut self,
        id: ConversationId,
        watch: ConversationWatch,
        permit: StreamPermit,
    ) {
        let state = Some((watch, permit));
        let seen = stream::unfold(state, async |state| {
            let (mut watch, permit) = state?;
            Some(match watch.next().await {
                Ok(Some(frame)) => (Seen::Frame(frame), Some((watch, permit))),
                Ok(None) => (Seen::Gone, None),
                Err(error) => (Seen::Failed(error), None),
            })
        });
        self.streams.insert(id, Box::pin(seen));
    }

    pub(super) fn remove(&mut self, id: ConversationId) {
        self.streams.remove(&id);
    }

    pub(super) fn has(&self, id: ConversationId) -> bool {
        self.streams.contains_key(&id)
    }

    /// Whatever comes next; waits for ever while nothing is watched.
    pub(super) async fn next(&mut self) -> (ConversationId, Seen) {
        match self.streams.next().await {
            Some(seen) => seen,
            None => std::future::pending().await,
        }
    }

    /// What comes next if it is there already.
    pub(super) fn try_next(&mut self) -> Option<(ConversationId, Seen)> {
        self.streams.next().now_or_never().flatten()
    }
}
