//! Telegram, over its Bot API.
//!
//! Messages are sent in HTML, because it takes any text once `<`, `>` and `&` are escaped; should Telegram not be able to read
//! it all the same, the Markdown is sent as it is. The token is part of every address, so no error and no log entry of
//! this module carries an address.

mod client;
mod format;
mod wire;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;
use tokio::sync::RwLock;

use crate::{
    Adapter, ChannelError, Health, HealthState, Intake, Limits, Pace, Profile, Refused, Update,
};
use client::{BotApi, Failure};

/// The name of the channel.
pub const NAME: &str = "telegram";
/// Where the Bot API is.
pub const API_URL: &str = "https://api.telegram.org";

/// How long Telegram may hold a request for updates open.
const POLL: Duration = Duration::from_secs(25);
/// The longest any other call may take.
const CALL: Duration = Duration::from_secs(20);
/// A request for updates that is answered sooner with none is not repeated at once.
const PAUSE: Duration = Duration::from_millis(250);
/// Messages that Telegram takes from one bot in a second.
const PER_SECOND: u32 = 30;
/// How Telegram says that somebody else asks for the bot's updates.
const CONFLICT: &str = "Conflict";
const LIMITS: Limits = Limits {
    max_text: 4096,
    min_edit_interval: Duration::from_secs(1),
    typing_lasts: Duration::from_secs(5),
};

/// How to reach Telegram.
#[derive(Debug, Clone)]
pub struct TelegramOptions {
    /// The bot's token.
    pub token: SecretString,
    /// Where the Bot API is.
    pub api_url: String,
    /// How messages come in.
    pub intake: Intake,
}

/// A bot on Telegram.
#[derive(Debug)]
pub struct Telegram {
    api: BotApi,
    intake: Intake,
    pace: Pace,
    health: Mutex<Health>,
    /// Calls in flight hold it for reading; who disconnects has it alone and says so in it.
    open: RwLock<bool>,
}

impl Telegram {
    /// A bot that has not said a word yet.
    pub fn new(options: TelegramOptions) -> Result<Self, ChannelError> {
        let TelegramOptions {
            token,
            api_url,
            intake,
        } = options;
        Ok(Self {
            api: BotApi::new(&api_url, token)?,
            intake,
            pace: Pace::new(PER_SECOND),
            health: Mutex::new(Health {
                state: HealthState::Disconnected,
                detail: "not reached yet".to_owned(),
                profile: None,
            }),
            open: RwLock::new(true),
        })
    }

    /// Calls a method, and learns from the outcome how the channel is.
    async fn call(
        &self,
        method: &'static str,
        body: &Value,
        limit: Duration,
    ) -> Result<Value, Failure> {
        let outcome = self.api.call(method, body, limit).await;
        self.learn(outcome.as_ref().err());
        outcome
    }

    fn learn(&self, failure: Option<&Failure>) {
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        match failure.map(Failure::error) {
            Some(ChannelError::Refused { reason }) => {
                health.state = HealthState::Disconnected;
                health.detail = format!("the token is refused: {reason}");
            }
            Some(ChannelError::Retry { after, reason })
                if after.is_none() || reason.starts_with(CONFLICT) =>
            {
                health.state = match health.profile {
                    Some(_) => HealthState::Degraded,
                    None => HealthState::Disconnected,
                };
                health.detail = reason;
            }
            // It answered; that it did not like the question says nothing about how it is.
            _ => {
                health.state = HealthState::Connected;
                health.detail.clear();
            }
        }
    }

    /// Something that shows in a chat, at the pace that Telegram allows. Other calls than this hold nobody up.
    async fn post(&self, method: &'static str, body: Value) -> Result<Value, Failure> {
        let open = self.open.read().await;
        if !*open {
            return Err(ChannelError::retry("the channel is closing").into());
        }
        self.pace.turn().await;
        self.call(method, &body, CALL).await
    }

    /// Posts a text formatted, or as it is if Telegram cannot read that.
    async fn post_text(
        &self,
        method: &'static str,
        mut body: Value,
        text: &str,
    ) -> Result<Value, Failure> {
        body["link_preview_options"] = json!({"is_disabled": true});
        let mut formatted = body.clone();
        formatted["text"] = format::html(text).into();
        formatted["parse_mode"] = "HTML".into();
        match self.post(method, formatted).await {
            Err(Failure::Unreadable(reason)) => {
                tracing::warn!(
                    method,
                    reason,
                    "Telegram cannot read a formatted text; it is sent as it is"
                );
                body["text"] = text.into();
                self.post(method, body).await
            }
            outcome => outcome,
        }
    }
}

#[async_trait]
impl Adapter for Telegram {
    fn name(&self) -> &'static str {
        NAME
    }

    fn limits(&self) -> Limits {
        LIMITS
    }

    fn intake(&self) -> &Intake {
        &self.intake
    }

    fn health(&self) -> Health {
        let health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        health.clone()
    }

    async fn connect(&self) -> Result<Profile, ChannelError> {
        *self.open.write().await = true;
        let me = self.call("getMe", &json!({}), CALL).await;
        let me = me.map_err(Failure::into_error)?;
        let username = me["username"].as_str().unwrap_or_default().to_owned();
        let profile = Profile { username };
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        health.profile = Some(profile.clone());
        Ok(profile)
    }

    async fn listen(&self) -> Result<(), ChannelError> {
        let told = match &self.intake {
            Intake::Polling => {
                let body = json!({"drop_pending_updates": false});
                self.call("deleteWebhook", &body, CALL).await
            }
            Intake::Webhook { url, secret } => {
                let body = json!({
                    "url": url,
                    "secret_token": secret.expose_secret(),
                    "allowed_updates": wire::WANTED,
                    // One at a time keeps the order.
                    "max_connections": 1,
                });
                self.call("setWebhook", &body, CALL).await
            }
        };
        told.map(drop).map_err(Failure::into_error)
    }

    async fn disconnect(&self) {
        *self.open.write().await = false;
    }

    async fn updates(&self, after: Option<i64>) -> Result<Vec<Update>, ChannelError> {
        let began = tokio::time::Instant::now();
        let mut body = json!({
            "timeout": POLL.as_secs(),
            "limit": 100,
            "allowed_updates": wire::WANTED,
        });
        if let Some(after) = after {
            body["offset"] = (after + 1).into();
        }
        let answer = self.call("getUpdates", &body, POLL + CALL).await;
        let updates = wire::updates(answer.map_err(Failure::into_error)?);
        if updates.is_empty() && began.elapsed() < PAUSE {
            tokio::time::sleep(PAUSE).await;
        }
        Ok(updates)
    }

    fn receive(&self, secret: &str, body: &[u8]) -> Result<Update, Refused> {
        let Intake::Webhook { secret: ours, .. } = &self.intake else {
            return Err(Refused::Stranger);
        };
        if !bool::from(secret.as_bytes().ct_eq(ours.expose_secret().as_bytes())) {
            return Err(Refused::Stranger);
        }
        wire::update(body)
    }

    async fn send(&self, chat_id: &str, text: &str) -> Result<String, ChannelError> {
        let body = json!({"chat_id": wire::number_or_name(chat_id)});
        let sent = self.post_text("sendMessage", body, text).await;
        let sent = sent.map_err(Failure::into_error)?;
        let id = sent["message_id"].as_i64();
        id.map(|id| id.to_string())
            .ok_or_else(|| ChannelError::Fatal {
                reason: "sendMessage answered without a message_id".to_owned(),
            })
    }

    async fn edit(&self, chat_id: &str, message_id: &str, text: &str) -> Result<(), ChannelError> {
        let body = json!({
            "chat_id": wire::number_or_name(chat_id),
            "message_id": wire::number_or_name(message_id),
        });
        match self.post_text("editMessageText", body, text).await {
            Ok(_) | Err(Failure::NotModified) => Ok(()),
            Err(failure) => Err(failure.into_error()),
        }
    }

    async fn delete(&self, chat_id: &str, message_id: &str) -> Result<(), ChannelError> {
        let body = json!({
            "chat_id": wire::number_or_name(chat_id),
            "message_id": wire::number_or_name(message_id),
        });
        let done = self.post("deleteMessage", body).await;
        done.map(drop).map_err(Failure::into_error)
    }

    async fn typing(&self, chat_id: &str) -> Result<(), ChannelError> {
        let body = json!({"chat_id": wire::number_or_name(chat_id), "action": "typing"});
        let done = self.post("sendChatAction", body).await;
        done.map(drop).map_err(Failure::into_error)
    }
}
