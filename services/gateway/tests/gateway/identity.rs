//! Tokens that end, and what ends with them.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::time::{Instant, timeout};

use super::socket::Socket;
use super::sse::Sse;
use super::stage::{Stage, problem};

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_ends_requests_within_a_second_and_streams_soon_after() -> anyhow::Result<()>
{
    let stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    let path = format!("/api/conversations/{conversation}/events");
    let mut sse = Sse::open(&stage, &path, None).await?;
    let mut socket = Socket::open(&stage).await?;
    assert!(stage.storage.revoke_token(stage.ada.token_id).await?);

    tokio::time::sleep(Duration::from_millis(1_100)).await;
    problem(stage.get("/api/me").await?, 401, "unauthenticated").await?;
    let begun = Instant::now();
    let last = timeout(Duration::from_secs(3), sse.must()).await??;
    assert_eq!(
        (last.kind.as_str(), &last.data["code"]),
        ("problem", &json!("unauthenticated"))
    );
    assert!(sse.next().await?.is_none());
    assert_eq!(socket.closed().await?, 1008);
    assert!(begun.elapsed() < Duration::from_secs(3));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_taken_away_ends_what_it_had_opened() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    let path = format!("/api/conversations/{conversation}/events");
    let mut own = Sse::open(&stage, &path, None).await?;
    let mut workspace = Sse::open(&stage, "/api/events", None).await?;
    let mut socket = Socket::open(&stage).await?;
    let user = stage.ada.scope.user_id;
    let demote = format!("UPDATE memberships SET role = 'guest' WHERE user_id = '{user}'");
    stage.database.execute(&demote).await?;

    let ended = timeout(Duration::from_secs(4), workspace.next()).await??;
    assert!(
        ended.as_ref().is_none_or(|event| event.kind == "problem"),
        "{ended:?}"
    );
    socket
        .send(&json!({"type": "message", "content": "hello", "ref": "r"}))
        .await?;
    let refused = socket.until("error").await?.remove(0);
    assert_eq!(refused["ref"], "r");
    assert_eq!(refused["problem"]["code"], "permission_denied");
    // A guest may still read what is theirs.
    assert!(own.is_silent().await);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_conversation_ends_its_streams() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let idle = stage.conversation().await?;
    let busy = stage.conversation().await?;
    let run = stage.ask(busy, "hello").await?;
    let mut streams = [
        Sse::open(&stage, &format!("/api/conversations/{idle}/events"), None).await?,
        Sse::open(&stage, &format!("/api/conversations/{busy}/events"), None).await?,
        Sse::open(&stage, &format!("/api/runs/{run}/events"), None).await?,
    ];
    let mut socket = Socket::open(&stage).await?;
    socket
        .send(&json!({"type": "watch", "conversationId": busy.to_string()}))
        .await?;
    socket.until("run.accepted").await?;
    for id in [idle, busy] {
        let path = format!("/api/conversations/{id}");
        let deleted = stage.request(Method::DELETE, &path).send().await?;
        assert_eq!(deleted.status(), 204);
    }
    for stream in &mut streams {
        timeout(Duration::from_secs(8), stream.rest()).await??;
    }
    let closed = timeout(Duration::from_secs(8), socket.frame()).await??;
    assert_eq!(
        closed,
        json!({"type": "closed", "conversationId": busy.to_string()})
    );
    Ok(())
}
