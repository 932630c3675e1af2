//! Following what happens in a workspace.

use serde_json::json;

use super::sse::Sse;
use super::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_follows_the_events_of_their_workspace_only() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.stranger().await?;
    let since = "2000-01-01T00:00:00Z";
    let mut mine = Sse::open(
        &stage,
        &format!("/api/events?since={since}&type=message.*"),
        None,
    )
    .await?;
    let path = format!("/api/events?since={since}");
    let mut theirs = Sse::open_at(&stage, 0, &bob, &path, None).await?;

    let conversation = stage.conversation().await?;
    let accepted = stage
        .say(conversation, &json!({"content": "hello"}))
        .await?;
    let event = mine.must().await?;
    assert_eq!(event.kind, "message.created");
    assert_eq!(event.data["specversion"], "1.0");
    assert_eq!(
        event.data["subject"],
        format!("conversation/{conversation}")
    );
    assert_eq!(event.data["data"]["messageId"], accepted["messageId"]);
    assert!(theirs.is_silent().await);
    Ok(())
}
