//! Messages that Telegram brings to the gateway.

use std::time::Duration;

use mosaic_e2e::eventually;
use mosaic_testkit::model_server::Script;
use serde_json::{Value, json};

use super::stage::{ADA, Stage};

pub(crate) const SECRET: &str = "0123456789abcdef-secret";
pub(crate) const MORE: [(&str, &str); 3] = [
    ("MODE", "webhook"),
    (
        "WEBHOOK_URL",
        "https://mosaic.example/api/channels/telegram/webhook",
    ),
    ("WEBHOOK_SECRET", SECRET),
];
const HEADER: &str = "x-telegram-bot-api-secret-token";

pub(crate) async fn deliver(
    stage: &Stage,
    secret: Option<&str>,
    body: &Value,
) -> anyhow::Result<(u16, String)> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(10))
        .build()?;
    let url = format!("{}/api/channels/telegram/webhook", stage.gateway);
    let mut request = client.post(url).json(body);
    if let Some(secret) = secret {
        request = request.header(HEADER, secret);
    }
    let answer = request.send().await?;
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.unwrap_or_default();
    Ok((
        status,
        body["detail"].as_str().unwrap_or_default().to_owned(),
    ))
}

pub(crate) fn message(update: i64, text: &str) -> Value {
    json!({"update_id": update, "message": {"message_id": update, "text": text,
        "chat": {"id": ADA, "type": "private"}, "from": {"id": ADA, "first_name": "Ada"}}})
}

#[tokio::test]
async fn only_whoever_shows_the_secret_is_telegram() -> anyhow::Result<()> {
    let stage = Stage::unlinked(Script::echo(), &MORE).await?;
    let webhook = eventually("the webhook to be asked for", async || stage.bot.webhook()).await?;
    assert_eq!(webhook.1, SECRET);
    let code = stage.code().await?;
    let link = message(1, &format!("/start {code}"));

    let mut refusals = Vec::new();
    for secret in [
        None,
        Some(""),
        Some("wrong"),
        Some("0123456789abcdef-secreT"),
    ] {
        let (status, detail) = deliver(&stage, secret, &link).await?;
        assert_eq!(status, 404, "{secret:?}");
        refusals.push(detail);
    }
    refusals.dedup();
    assert_eq!(refusals.len(), 1, "no oracle: {refusals:?}");
    assert!(stage.bot.texts(ADA).is_empty());

    assert_eq!(
        deliver(&stage, Some(SECRET), &json!({"no": "update"}))
            .await?
            .0,
        400
    );
    assert_eq!(deliver(&stage, Some(SECRET), &link).await?.0, 200);
    stage.shows(ADA, "is linked to").await?;
    let hello = message(2, "hello");
    for _ in 0..2 {
        assert_eq!(deliver(&stage, Some(SECRET), &hello).await?.0, 200);
    }
    stage.shows(ADA, "hello").await?;
    let id = stage.conversation().await?;
    let list = stage
        .get(&format!("/api/conversations/{id}/messages"))
        .await?;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2), "{list}");
    assert!(stage.bot.calls("getUpdates").is_empty());
    Ok(())
}
