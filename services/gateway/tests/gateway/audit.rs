//! Looking something up in the audit log.

use reqwest::Method;
use serde_json::{Value, json};

use super::stage::{Stage, problem};

/// The targets of what is found, the newest first.
async fn found(stage: &Stage, query: &str) -> anyhow::Result<Vec<String>> {
    let log = stage.read(&format!("/api/audit?{query}")).await?;
    let items = log["items"].as_array().cloned().unwrap_or_default();
    let target = |entry: &Value| entry["targetId"].as_str().unwrap_or_default().to_owned();
    Ok(items.iter().map(target).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_searched_by_who_how_and_when() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let carl = stage.colleague("Carl", "guest").await?;
    let mine = stage.ask(stage.conversation().await?, "mine").await?;
    let reason = json!({"reason": "because"});
    let path = format!("/api/runs/{mine}/stop");
    let denied = stage.request_by(&carl, Method::POST, &path).json(&reason);
    problem(denied.send().await?, 403, "permission_denied").await?;
    let begun = database_now(&stage).await?;
    stage.post(&path, &reason).await?.error_for_status()?;

    let all = "action=run.*";
    assert_eq!(found(&stage, all).await?.len(), 2);
    let (ada, carls) = (stage.ada.scope.user_id, carl.scope.user_id);
    for (query, expected) in [
        (format!("{all}&actor={carls}"), 1),
        (format!("{all}&actor={ada}&outcome=done"), 1),
        (format!("{all}&actor=carl"), 1),
        (format!("{all}&actor={ada}&outcome=denied"), 0),
        (format!("{all}&outcome=denied"), 1),
        (format!("{all}&since={begun}"), 1),
        (format!("{all}&until={begun}"), 1),
        (
            format!("{all}&since=2020-01-01T00:00:00Z&until={begun}&outcome=done"),
            0,
        ),
        (
            format!("actor={}", stage.stranger().await?.scope.user_id),
            0,
        ),
    ] {
        assert_eq!(found(&stage, &query).await?.len(), expected, "{query}");
    }
    for (query, status, code) in [
        ("outcome=fine", 422, "unprocessable"),
        ("actor=", 422, "unprocessable"),
        ("since=yesterday", 400, "invalid_argument"),
        (
            "since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z",
            422,
            "unprocessable",
        ),
    ] {
        let refused = stage.get(&format!("/api/audit?{query}")).await?;
        problem(refused, status, code).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_tries_in_vain_again_and_again_is_one_entry() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let carl = stage.colleague("Carl", "guest").await?;
    let run = stage.ask(stage.conversation().await?, "mine").await?;
    let path = format!("/api/runs/{run}/kill");
    for _ in 0..25 {
        let kill = stage.request_by(&carl, Method::POST, &path);
        let refused = kill.json(&json!({"reason": "x"})).send().await?;
        problem(refused, 403, "permission_denied").await?;
    }
    let log = stage.read("/api/audit?action=run.kill").await?;
    let items = log["items"].as_array().cloned().unwrap_or_default();
    // Two where a minute began meanwhile.
    assert!((1..=2).contains(&items.len()), "{log}");
    let times: i64 = items
        .iter()
        .filter_map(|one| one["repeated"].as_i64())
        .sum();
    assert_eq!(times, 25);
    assert!(items.iter().any(|one| one["lastAt"].is_string()), "{log}");
    Ok(())
}

/// Now, as the database has it.
async fn database_now(stage: &Stage) -> anyhow::Result<String> {
    let now =
        r#"SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"#;
    stage.database.text(now).await
}
