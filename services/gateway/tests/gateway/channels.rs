//! Chat channels: links, codes, mappings, and who may see them. No bridge runs here.

use mosaic_domain::ChannelLinkId;
use mosaic_identity::LinkCode;
use mosaic_runtime::clock;
use mosaic_storage::{NewChannelLink, Redeemed};
use reqwest::Method;
use serde_json::{Value, json};

use super::stage::{Person, Stage, problem};

const LINKS: &str = "/api/channels/telegram/links";
const MAPPINGS: &str = "/api/channels/telegram/mappings";

/// Links an account with a code that somebody got, as the bridge does.
async fn redeem(stage: &Stage, update: i64, code: &str, account: &str) -> anyhow::Result<bool> {
    let begun = stage
        .storage
        .begin_channel_update("telegram", update)
        .await?;
    let mut tx = begun.ok_or_else(|| anyhow::anyhow!("dealt with before"))?;
    let new = NewChannelLink {
        id: clock::id::<ChannelLinkId>(),
        code_hash: LinkCode::parse(code)?.hash(),
        external_user_id: account.to_owned(),
        display_name: "Ada".to_owned(),
    };
    let redeemed = tx.redeem(account, &new).await?;
    tx.commit().await?;
    Ok(matches!(redeemed, Redeemed::Linked(_)))
}

async fn code(stage: &Stage, who: &Person) -> anyhow::Result<Value> {
    let made = stage.request_by(who, Method::POST, LINKS).send().await?;
    anyhow::ensure!(made.status() == 201, "{}", made.text().await?);
    Ok(made.json().await?)
}

async fn links(stage: &Stage, who: &Person) -> anyhow::Result<Vec<Value>> {
    let list = stage.request_by(who, Method::GET, "/api/channels");
    let list: Value = list.send().await?.error_for_status()?.json().await?;
    Ok(list["items"][0]["links"]
        .as_array()
        .cloned()
        .unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_links_once_and_the_link_is_nobody_elses() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.stranger().await?;
    let made = code(&stage, &stage.ada).await?;
    let text = made["code"].as_str().unwrap_or_default();
    assert_eq!(made["command"], format!("/link {text}"));
    assert!(redeem(&stage, 1, text, "77").await?);
    assert!(!redeem(&stage, 2, text, "88").await?, "a code is used once");

    let theirs = links(&stage, &stage.ada).await?;
    assert_eq!(theirs.len(), 1);
    assert_eq!(links(&stage, &bob).await?, Vec::<Value>::new());
    let path = format!("{LINKS}/{}", theirs[0]["id"].as_str().unwrap_or_default());
    let refused = stage.request_by(&bob, Method::DELETE, &path).send().await?;
    problem(refused, 404, "not_found").await?;
    let gone = stage.request(Method::DELETE, &path).send().await?;
    assert_eq!(gone.status(), 204);
    assert!(links(&stage, &stage.ada).await?.is_empty());
    let entries = "SELECT string_agg(action || ' ' || actor_id, ', ' ORDER BY id) FROM audit_log
                   WHERE action LIKE 'channel.%'";
    let ada = stage.ada.scope.user_id;
    let expected = format!("channel.link {ada}, channel.unlink {ada}");
    assert_eq!(stage.database.text(entries).await?, expected);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_run_out_and_nobody_hoards_them() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let first = code(&stage, &stage.ada).await?;
    for _ in 0..4 {
        code(&stage, &stage.ada).await?;
    }
    let more = stage.request(Method::POST, LINKS).send().await?;
    problem(more, 429, "rate_limited").await?;
    let late = "UPDATE channel_link_codes SET expires_at = now() - interval '1 second'";
    stage.database.execute(late).await?;
    let text = first["code"].as_str().unwrap_or_default();
    assert!(!redeem(&stage, 1, text, "77").await?);
    code(&stage, &stage.ada).await?;
    let plain =
        format!("SELECT count(*) FROM channel_link_codes WHERE code_hash = '{text}'::bytea");
    assert_eq!(
        stage.database.number(&plain).await?,
        0,
        "codes are not stored"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn mappings_are_the_workspaces_and_its_admins() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.stranger().await?;
    let map = |who: &Person, body: Value| stage.request_by(who, Method::PUT, MAPPINGS).json(&body);
    let body = json!({"chat": "77", "agent": "jarvis"});
    let mapped = map(&stage.ada, body).send().await?;
    assert_eq!(mapped.status(), 200, "{}", mapped.text().await?);
    let everywhere = map(&stage.ada, json!({"agent": "jarvis", "model": "offline"}));
    assert_eq!(everywhere.send().await?.status(), 200);
    let list = stage.read(MAPPINGS).await?;
    let chats: Vec<_> = list["items"].as_array().into_iter().flatten().collect();
    assert_eq!(chats.len(), 2);
    assert_eq!(chats[0]["chat"], "*");

    let theirs = stage.request_by(&bob, Method::GET, MAPPINGS).send().await?;
    let theirs: Value = theirs.json().await?;
    assert_eq!(theirs["items"], json!([]));
    let path = format!("{MAPPINGS}?chat=77");
    let refused = stage.request_by(&bob, Method::DELETE, &path).send().await?;
    problem(refused, 404, "not_found").await?;
    let unknown = map(&stage.ada, json!({"chat": "77", "agent": "nobody"}));
    problem(unknown.send().await?, 422, "unprocessable").await?;
    let gone = stage.request(Method::DELETE, &path).send().await?;
    assert_eq!(gone.status(), 204);

    let user = bob.scope.user_id;
    let demote = format!("UPDATE memberships SET role = 'member' WHERE user_id = '{user}'");
    stage.database.execute(&demote).await?;
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    for method in [Method::GET, Method::PUT] {
        let request = stage.request_by(&bob, method, MAPPINGS);
        let request = request.json(&json!({"chat": "77", "agent": "jarvis"}));
        problem(request.send().await?, 403, "permission_denied").await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_channel_and_a_webhook_without_secret_do_not_exist() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let missing = stage
        .post("/api/channels/smoke-signals/links", &json!({}))
        .await?;
    problem(missing, 404, "not_found").await?;
    for channel in ["telegram", "smoke-signals"] {
        let url = stage.url(&format!("/api/channels/{channel}/webhook"));
        let refused = stage.http.post(url).json(&json!({"update_id": 1})).send();
        problem(refused.await?, 404, "not_found").await?;
    }
    let channels = stage.read("/api/channels").await?;
    assert_eq!(
        channels["items"][0]["health"], "disconnected",
        "no bridge runs"
    );
    Ok(())
}
