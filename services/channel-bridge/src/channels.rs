//! The configured channels, and keeping them connected.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use mosaic_bus::Backoff;
use mosaic_channels::telegram::{self, Telegram, TelegramOptions};
use mosaic_channels::{Adapter, ChannelError, Intake};
use mosaic_config::{ChannelMode, ChannelsConfig, SecretString, TelegramConfig};
use mosaic_runtime::StartError;
use tokio_util::sync::CancellationToken;

/// How often a channel that answers is asked how it is.
const CHECK: Duration = Duration::from_mins(1);

/// The configured channels by name.
pub(crate) type Channels = BTreeMap<&'static str, Arc<dyn Adapter>>;

/// The adapters of all channels that are configured.
pub(crate) fn configured(config: &ChannelsConfig) -> Result<Channels, StartError> {
    let ChannelsConfig { telegram } = config;
    let mut channels = Channels::new();
    if let Some(token) = &telegram.token {
        let options = TelegramOptions {
            token: token.clone(),
            api_url: telegram.api_url.clone(),
            intake: intake(telegram),
        };
        let adapter = Telegram::new(options).map_err(|error| {
            StartError::new("the channel telegram", error, "Check [channels.telegram].")
        })?;
        channels.insert(telegram::NAME, Arc::new(adapter));
    }
    Ok(channels)
}

fn intake(telegram: &TelegramConfig) -> Intake {
    match telegram.mode {
        ChannelMode::Polling => Intake::Polling,
        // Validated: both are there in this mode. An empty secret matches nothing that the gateway passes on.
        ChannelMode::Webhook => Intake::Webhook {
            url: telegram.webhook_url.clone().unwrap_or_default(),
            secret: telegram
                .webhook_secret
                .clone()
                .unwrap_or_else(|| SecretString::from("")),
        },
    }
}

/// Keeps a channel connected until the stop, and then lets its calls end.
pub(crate) async fn keep(adapter: Arc<dyn Adapter>, soft: CancellationToken) {
    let mut backoff = Backoff::new(Duration::from_secs(1), CHECK);
    let mut listening = false;
    loop {
        let wait = match connect(adapter.as_ref(), &mut listening).await {
            Ok(()) => {
                backoff.reset();
                CHECK
            }
            Err(error) => {
                tracing::warn!(channel = adapter.name(), %error, "the channel cannot be reached");
                match error {
                    ChannelError::Retry {
                        after: Some(after), ..
                    } => after,
                    ChannelError::Refused { .. } => CHECK,
                    _ => backoff.wait(),
                }
            }
        };
        tokio::select! {
            () = soft.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Who polls tells the channel so when it begins to; a webhook is asked for here, once.
async fn connect(adapter: &dyn Adapter, listening: &mut bool) -> Result<(), ChannelError> {
    let first = adapter.health().profile.is_none();
    let profile = adapter.connect().await?;
    if first {
        let (channel, bot) = (adapter.name(), profile.username);
        tracing::info!(channel, bot, "the channel is connected");
    }
    if !*listening && matches!(adapter.intake(), Intake::Webhook { .. }) {
        adapter.listen().await?;
        *listening = true;
    }
    Ok(())
}
