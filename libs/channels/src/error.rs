//! What can go wrong between the bridge and a channel: what to do about it is decided here, where it happens.

use std::time::Duration;

/// A call to a channel that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChannelError {
    /// The same call may succeed later, not before `after` where the channel named a time. After a lost answer it may have
    /// had its effect already.
    #[error("{reason}")]
    Retry {
        /// What the channel asked to wait for.
        after: Option<Duration>,
        /// What happened.
        reason: String,
    },
    /// The chat is closed to us: the person blocked the bot, or the chat does not exist any more.
    #[error("the chat cannot be written to: {reason}")]
    Gone {
        /// In the channel's words.
        reason: String,
    },
    /// The message that was to be changed is not there any more, or cannot be changed.
    #[error("the message cannot be changed: {reason}")]
    MessageGone {
        /// In the channel's words.
        reason: String,
    },
    /// The channel refuses us as a whole: the token is wrong or was revoked.
    #[error("the channel refuses the token: {reason}")]
    Refused {
        /// In the channel's words.
        reason: String,
    },
    /// This call will never succeed.
    #[error("the channel refuses the call: {reason}")]
    Fatal {
        /// In the channel's words.
        reason: String,
    },
}

impl ChannelError {
    /// Something that passes.
    #[must_use]
    pub fn retry(reason: impl Into<String>) -> Self {
        Self::Retry {
            after: None,
            reason: reason.into(),
        }
    }
}
