//! Conversations: begun, listed, renamed, deleted.

use reqwest::Method;
use serde_json::{Value, json};

use super::stage::{Stage, problem};

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_is_begun_renamed_and_deleted() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let body = json!({"title": "Plans", "model": "offline/offline"});
    let created = stage.post("/api/conversations", &body).await?;
    assert_eq!(created.status(), 201);
    let path = created.headers()["location"].to_str()?.to_owned();
    let created: Value = created.json().await?;
    assert_eq!(created["title"], "Plans");
    assert_eq!(created["agent"], "jarvis");
    assert_eq!(stage.read(&path).await?, created);

    let renamed = stage
        .request(Method::PATCH, &path)
        .json(&json!({"title": "Other plans"}));
    let renamed: Value = renamed.send().await?.error_for_status()?.json().await?;
    assert_eq!(renamed["title"], "Other plans");

    let deleted = stage.request(Method::DELETE, &path).send().await?;
    assert_eq!(deleted.status(), 204);
    problem(stage.get(&path).await?, 404, "not_found").await?;
    problem(
        stage.request(Method::DELETE, &path).send().await?,
        404,
        "not_found",
    )
    .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_does_not_exist_begins_no_conversation() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let known = stage
        .post("/api/conversations", &json!({"agent": "jarvis"}))
        .await?;
    assert_eq!(known.status(), 201);
    for agent in ["Jarvis", "friday", ""] {
        let body = json!({"agent": agent});
        let refused = stage.post("/api/conversations", &body).await?;
        let refused = problem(refused, 422, "unprocessable").await?;
        assert_eq!(refused["errors"][0]["field"], "agent", "{refused}");
        let told = refused["detail"].as_str().unwrap_or_default();
        assert!(told.contains("`jarvis`"), "{refused}");
    }
    let all = stage.read("/api/conversations").await?;
    assert_eq!(all["items"].as_array().map(Vec::len), Some(1), "{all}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_read_page_by_page_without_gap_or_repetition() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let mut begun = Vec::new();
    for _ in 0..5 {
        begun.push(stage.conversation().await?.to_string());
    }
    begun.reverse();
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = stage
            .read(&format!("/api/conversations?limit=2{cursor}"))
            .await?;
        for item in page["items"].as_array().into_iter().flatten() {
            seen.push(item["id"].as_str().unwrap_or_default().to_owned());
        }
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, begun);
    Ok(())
}
