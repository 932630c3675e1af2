//! The archive of events, as operators and strangers meet it.

use chrono::{DateTime, TimeDelta, Utc};
use mosaic_domain::Scope;
use mosaic_proto::envelope::Envelope;
use mosaic_runtime::clock;
use reqwest::Method;
use serde_json::{Value, json};

use super::stage::{Stage, problem};

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap_or_default()
}

fn event(scope: Scope, type_name: &str, second: i64) -> Envelope {
    Envelope {
        id: clock::id(),
        type_name: type_name.to_owned(),
        source: "gateway".to_owned(),
        subject: format!("conversation/{second}"),
        time: start() + TimeDelta::seconds(second),
        workspace_id: scope.workspace_id,
        actor: format!("user/{}", scope.user_id),
        traceparent: None,
        data: json!({ "characters": second }).to_string(),
    }
}

async fn archive(stage: &Stage, scope: Scope, count: i64) -> anyhow::Result<()> {
    let kind = |n| {
        if n % 2 == 0 {
            "message.created"
        } else {
            "memory.saved"
        }
    };
    let events: Vec<Envelope> = (0..count).map(|n| event(scope, kind(n), n)).collect();
    let events: Vec<&Envelope> = events.iter().collect();
    stage.storage.archive_events(&events).await?;
    Ok(())
}

/// The seconds of the events of a page.
fn seconds(page: &Value) -> Vec<i64> {
    let items = page["items"].as_array().cloned().unwrap_or_default();
    let second = |item: &Value| item["data"]["characters"].as_i64();
    items.iter().filter_map(second).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_pages_through_what_was_archived() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    archive(&stage, stage.ada.scope, 7).await?;
    let newest = stage.read("/api/event-log?limit=3").await?;
    assert_eq!(seconds(&newest), [6, 5, 4]);
    let first = &newest["items"][0];
    assert_eq!(first["specversion"], "1.0");
    assert_eq!(first["type"], "message.created");
    assert_eq!(first["time"], "2026-09-21T14:13:26.000Z");
    assert_eq!(first["workspace"], stage.ada.scope.workspace_id.to_string());
    let cursor = newest["nextCursor"].as_str().unwrap_or_default();
    let next = stage
        .read(&format!("/api/event-log?limit=4&cursor={cursor}"))
        .await?;
    assert_eq!(seconds(&next), [3, 2, 1, 0]);
    assert!(next.get("nextCursor").is_none(), "{next}");

    for (query, expected) in [
        ("order=oldest", vec![0, 1, 2, 3, 4, 5, 6]),
        ("type=memory.*&order=oldest", vec![1, 3, 5]),
        ("type=memory.saved", vec![5, 3, 1]),
        ("subject=conversation/4", vec![4]),
        ("subject=conversation/*&limit=1", vec![6]),
        (
            "since=2026-09-21T14:13:22Z&until=2026-09-21T14:13:25Z",
            vec![4, 3, 2],
        ),
        ("since=2027-01-01T00:00:00Z", vec![]),
    ] {
        let page = stage.read(&format!("/api/event-log?{query}")).await?;
        assert_eq!(seconds(&page), expected, "{query}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_what_happened_elsewhere_or_without_the_role() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.stranger().await?;
    archive(&stage, stage.ada.scope, 5).await?;
    for query in [
        "",
        "?type=message.created",
        "?subject=conversation/*&order=oldest",
    ] {
        let path = format!("/api/event-log{query}");
        let theirs = stage.request_by(&bob, Method::GET, &path).send().await?;
        assert_eq!(theirs.json::<Value>().await?, json!({"items": []}));
    }
    for role in ["member", "guest"] {
        let person = stage.stranger().await?;
        let user = person.scope.user_id;
        let demote = format!("UPDATE memberships SET role = '{role}' WHERE user_id = '{user}'");
        stage.database.execute(&demote).await?;
        let refused = stage
            .request_by(&person, Method::GET, "/api/event-log")
            .send()
            .await?;
        problem(refused, 403, "permission_denied").await?;
    }
    let nobody = stage.http.get(stage.url("/api/event-log")).send().await?;
    problem(nobody, 401, "unauthenticated").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_makes_no_sense_is_answered_with_what_is_wrong() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let long = format!("type={}", "x".repeat(201));
    for (query, field) in [
        ("limit=201", "limit"),
        ("cursor=nonsense", "cursor"),
        ("type=", "type"),
        ("subject=%00", "subject"),
        (long.as_str(), "type"),
        (
            "since=2026-01-02T00:00:00Z&until=2026-01-02T00:00:00Z",
            "until",
        ),
    ] {
        let response = stage.get(&format!("/api/event-log?{query}")).await?;
        let refused = problem(response, 422, "unprocessable").await?;
        assert_eq!(refused["errors"][0]["field"], field, "{refused}");
    }
    for query in ["order=random", "since=yesterday", "workspace=1"] {
        let response = stage.get(&format!("/api/event-log?{query}")).await?;
        problem(response, 400, "invalid_argument").await?;
    }
    Ok(())
}
