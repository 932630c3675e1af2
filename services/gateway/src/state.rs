//! What every handler can reach.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use mosaic_bus::{Bus, QueueOperator, RelayHandle};
use mosaic_config::{AuthConfig, GatewayConfig, Network};
use mosaic_domain::ConversationId;
use mosaic_identity::{Authenticate, PasswordRules};
use mosaic_runtime::Lifecycle;
use mosaic_service::Peers;
use mosaic_storage::Storage;
use mosaic_watch::Hub;

use crate::choices::Choices;
use crate::control::Control;
use crate::guesses::Guesses;
use crate::metrics::Metrics;
use crate::oidc::Oidc;
use crate::password_line::PasswordLine;
use crate::places::Places;
use crate::providers::Providers;
use crate::queues::Redrives;
use crate::rates::Rates;
use crate::sign_in_limit::SignInLimit;
use crate::stream_limit::StreamLimit;

/// Sockets that may be open without having said who they are, of all and of one network. Each may make this process hold a
/// whole message.
pub(crate) const STRANGERS: (usize, usize) = (256, 16);

/// The sizes and times that requests are held to.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// A larger body, or frame of a WebSocket, is refused.
    pub max_body_bytes: usize,
    /// A longer message is refused.
    pub max_message_chars: usize,
    /// The longest a request may take that is not a stream.
    pub request_timeout: Duration,
    /// How often a silent stream gives a sign of life.
    pub heartbeat: Duration,
    /// Where browsers find the web page, where that is configured.
    pub public_origin: Option<Arc<str>>,
    /// Browser origins that may call from other sites.
    pub origins: Arc<[String]>,
    /// Proxies that say for whom they ask.
    pub proxies: Arc<[Network]>,
}

impl From<&GatewayConfig> for Limits {
    fn from(config: &GatewayConfig) -> Self {
        Self {
            max_body_bytes: config.max_body_bytes,
            max_message_chars: config.max_message_chars,
            request_timeout: config.request_timeout(),
            heartbeat: config.stream_heartbeat(),
            public_origin: config.public_origin().map(Arc::from),
            origins: config.allowed_origins.clone().into(),
            proxies: config.proxies().into(),
        }
    }
}

/// The parts of a running gateway.
pub(crate) struct Parts {
    /// The record.
    pub storage: Storage,
    /// Queues, events, live logs.
    pub bus: Bus,
    /// Publishes what was committed.
    pub relay: RelayHandle,
    /// Commands to queues.
    pub queues: QueueOperator,
    /// Queues whose dead letters are being put back.
    pub redrives: Redrives,
    /// Watching.
    pub hub: Hub,
    /// Who is calling.
    pub authenticator: Arc<dyn Authenticate>,
    /// How people sign in.
    pub auth: AuthConfig,
    /// Hashes passwords in turn.
    pub passwords: PasswordLine,
    /// Sizes and times.
    pub limits: Limits,
    /// How often somebody may ask.
    pub rates: Rates,
    /// Open streams per person.
    pub streams: StreamLimit,
    /// Sockets of nobody yet.
    pub strangers: Places,
    /// The identity providers.
    pub oidc: Arc<Oidc>,
    /// Programs that ask for a token, per address.
    pub asks: SignInLimit,
    /// Wrong codes of such programs, per session.
    pub guesses: Guesses,
    /// Failures to sign in per address and per account.
    pub sign_ins: SignInLimit,
    /// The workers that hold runs.
    pub control: Control,
    /// The other services.
    pub peers: Peers,
    /// The configured model providers.
    pub providers: Providers,
    /// The agents and models that can be chosen.
    pub choices: Choices,
    /// What is counted.
    pub metrics: Metrics,
    /// Tasks, tokens, readiness.
    pub life: Lifecycle,
}

/// The running gateway, as handlers see it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Gateway(Arc<Parts>);

impl Gateway {
    /// Puts the parts together.
    #[must_use]
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// What new passwords are held to.
    pub(crate) fn password_rules(&self) -> PasswordRules {
        PasswordRules {
            least: self.auth.password_min_length,
        }
    }

    /// Tells every gateway that something in a conversation has changed. Nobody waits for it: a watcher that hears nothing looks
    /// by itself.
    pub(crate) fn ring(&self, conversation_id: ConversationId) {
        let bus = self.bus.clone();
        self.life.spawn(async move {
            if let Err(error) = bus.ring_conversation(conversation_id).await {
                tracing::debug!(%conversation_id, %error, "watchers could not be told; they look by themselves");
            }
        });
    }
}

impl Deref for Gateway {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
