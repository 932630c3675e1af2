//! The chat channels: token accepted, bot named.

use std::time::Duration;

use mosaic_channels::telegram::{Telegram, TelegramOptions};
use mosaic_channels::{Adapter as _, ChannelError, Intake};

use super::Patient;
use super::report::{Check, Report};

const TIMEOUT: Duration = Duration::from_secs(15);
const CONFIGURE: &str = "docs/guides/telegram.md goes from BotFather to the first answer";

pub(super) async fn probe(patient: &Patient, report: &mut Report) {
    let telegram = &patient.context.config.channels.telegram;
    let Some(token) = &telegram.token else {
        let told = "telegram is not configured: channels.telegram.token is empty";
        report.add(Check::ok("channels", told));
        return;
    };
    let options = TelegramOptions {
        token: token.clone(),
        api_url: telegram.api_url.clone(),
        // Only asked who it is: that changes nothing about how messages come in.
        intake: Intake::Polling,
    };
    report.add(check(options).await);
}

async fn check(options: TelegramOptions) -> Check {
    let asked = async {
        let bot = Telegram::new(options)?;
        bot.connect().await
    };
    match tokio::time::timeout(TIMEOUT, asked).await {
        Err(_) => Check::fail(
            "channels",
            "telegram did not answer within 15 s",
            "check channels.telegram.api_url and the network",
        ),
        Ok(Ok(profile)) => {
            let told = format!("telegram answers, the bot is @{}", profile.username);
            Check::ok("channels", told)
        }
        Ok(Err(error @ ChannelError::Refused { .. })) => {
            Check::fail("channels", format!("telegram: {error}"), CONFIGURE)
        }
        Ok(Err(error)) => Check::fail(
            "channels",
            format!("telegram: {error}"),
            "check channels.telegram.api_url and the network",
        ),
    }
}
