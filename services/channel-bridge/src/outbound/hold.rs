//! A held chat: its lease is renewed for as long as this exists, and everything that waits there is made.

use std::sync::Arc;
use std::time::Duration;

use mosaic_channels::{Adapter, ChannelError};
use mosaic_storage::{ChannelDelivery, ChatHold, DeliveryEnd, Error};
use tokio::time::{Instant, interval};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::Verdict;
use super::writer::{Pacer, Stop, Writer};
use crate::bridge::Bridge;

/// Without a sign for this long a chat is taken over.
pub(super) const LEASE: Duration = Duration::from_secs(6);
/// How often the lease is renewed.
const RENEW: Duration = Duration::from_secs(2);
/// What could not be shown for this long is given up.
const TOO_LATE: chrono::TimeDelta = chrono::TimeDelta::hours(24);

/// A chat that this replica holds.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) bridge: Bridge,
    pub(super) adapter: Arc<dyn Adapter>,
    pub(super) hold: ChatHold,
    /// Cancelled when the chat is not ours any more.
    pub(super) lost: CancellationToken,
    /// Ends the renewals with this value, however it ends.
    _drop_guard: DropGuard,
    /// When the chat may be changed next.
    pub(super) pacer: Pacer,
}

impl Held {
    pub(super) fn new(bridge: Bridge, adapter: Arc<dyn Adapter>, hold: ChatHold) -> Self {
        let lost = CancellationToken::new();
        bridge
            .life
            .spawn(renew(bridge.clone(), hold.clone(), lost.clone()));
        let pacer = Pacer::new(adapter.limits().min_edit_interval);
        Self {
            bridge,
            adapter,
            hold,
            _drop_guard: lost.clone().drop_guard(),
            lost,
            pacer,
        }
    }

    /// Makes every delivery that waits, in order, and lets go of the chat.
    pub(super) async fn make_deliveries(mut self) -> Result<Verdict, Error> {
        let outcome = self.make_all().await;
        self.lost.cancel();
        if let Err(error) = self.bridge.storage.release_chat(&self.hold).await {
            tracing::debug!(%error, "a chat was not let go of; its lease will run out");
        }
        outcome
    }

    async fn make_all(&mut self) -> Result<Verdict, Error> {
        loop {
            if self.bridge.life.soft().is_cancelled() {
                return Ok(Verdict::Release);
            }
            let Some(delivery) = self.bridge.storage.next_delivery(&self.hold).await? else {
                return Ok(Verdict::Done);
            };
            if let Err(stop) = self.make(&delivery).await {
                return match stop {
                    Stop::Lost => Ok(Verdict::Later(
                        super::BUSY,
                        "the chat was taken over".to_owned(),
                    )),
                    Stop::Leaving => Ok(Verdict::Release),
                    Stop::Later(after, reason) => Ok(Verdict::Later(after, reason)),
                    Stop::Storage(error) => Err(error),
                };
            }
        }
    }

    /// Makes a delivery and ends it, however that turns out.
    pub(super) async fn make(&mut self, delivery: &ChannelDelivery) -> Result<(), Stop> {
        let posts = self.bridge.storage.channel_posts(delivery.id).await?;
        let mut writer = Writer::new(delivery.id, posts);
        let shown = match (&delivery.run, &delivery.notice) {
            (Some((run_id, scope)), _) => self.follow(&mut writer, *scope, *run_id).await,
            (None, Some(text)) => {
                let wanted = super::story::notice(text, self.adapter.limits().max_text);
                self.write_all(&mut writer, &wanted).await
            }
            (None, None) => Ok(()),
        };
        let end = match shown {
            Ok(()) => DeliveryEnd::Done,
            Err(super::writer::Trouble::Stop(stop)) => return Err(stop),
            Err(super::writer::Trouble::Channel(error)) => self.judge(delivery, error).await?,
        };
        let channel = self.adapter.name();
        match &end {
            DeliveryEnd::Done => self.bridge.metrics.delivery(channel, "done"),
            DeliveryEnd::Failed(reason) => {
                self.bridge.metrics.delivery(channel, "failed");
                tracing::warn!(channel, delivery = %delivery.id, reason, "something is not shown in a chat");
            }
        }
        if self
            .bridge
            .storage
            .end_delivery(&self.hold, delivery, &end)
            .await?
        {
            Ok(())
        } else {
            Err(Stop::Lost)
        }
    }

    /// What an error of the channel means for a delivery: its end, or another attempt.
    async fn judge(
        &mut self,
        delivery: &ChannelDelivery,
        error: ChannelError,
    ) -> Result<DeliveryEnd, Stop> {
        let reason = error.to_string();
        let later = match error {
            ChannelError::Gone { .. } => {
                self.bridge.storage.block_chat(&self.hold).await?;
                return Ok(DeliveryEnd::Failed(reason));
            }
            ChannelError::Fatal { .. } | ChannelError::MessageGone { .. } => {
                return Ok(DeliveryEnd::Failed(reason));
            }
            ChannelError::Refused { .. } => super::MUCH_LATER,
            ChannelError::Retry { after, .. } => after.unwrap_or(super::MUCH_LATER),
        };
        if mosaic_runtime::clock::now() - delivery.created_at > TOO_LATE {
            return Ok(DeliveryEnd::Failed(format!("given up: {reason}")));
        }
        Err(Stop::Later(later, reason))
    }
}

/// Renews the lease until the chat is let go of, and says when it is lost.
async fn renew(bridge: Bridge, hold: ChatHold, lost: CancellationToken) {
    let mut turns = interval(RENEW);
    let mut until = Instant::now() + LEASE;
    loop {
        tokio::select! {
            () = lost.cancelled() => return,
            _ = turns.tick() => {}
        }
        let asked = Instant::now();
        match bridge.storage.renew_chat(&hold, LEASE).await {
            Ok(true) => until = asked + LEASE,
            // The lease may hold still; when it cannot any more, it must be taken for lost.
            Err(_) if Instant::now() + RENEW < until => {}
            Ok(false) | Err(_) => {
                lost.cancel();
                return;
            }
        }
    }
}
