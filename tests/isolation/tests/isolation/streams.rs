//! Streams and archives of events: what operators see of what others say, and what those of other workspaces see.

use std::time::Duration;

use anyhow::Context as _;
use futures::StreamExt as _;
use mosaic_isolation::Caller;
use mosaic_testkit::service::eventually;
use reqwest::Method;
use tokio::time::{Instant, timeout_at};

use crate::markers::Markers;
use crate::people::Person;
use crate::planted::Planted;
use crate::stage::Stage;

/// How long a stream may take to show what it must.
const PATIENCE: Duration = Duration::from_secs(20);

/// Listens to a stream until it has said `last`.
async fn heard(stage: &Stage, who: &Person, path: &str, last: &str) -> anyhow::Result<String> {
    let response = stage.request(who, Method::GET, path).send().await?;
    let (mut parts, mut heard) = (response.error_for_status()?.bytes_stream(), String::new());
    let until = Instant::now() + PATIENCE;
    while !heard.contains(last) {
        let part = timeout_at(until, parts.next()).await;
        let part = part.with_context(|| format!("{last} was never heard: {heard}"))?;
        heard.push_str(&String::from_utf8_lossy(&part.context("the end")??));
    }
    Ok(heard)
}

fn clean(markers: &Markers, caller: Caller, text: &str) {
    let seen = markers.seen(caller, &[], text);
    assert!(seen.is_empty(), "{} sees {seen:?}: {text}", caller.name());
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_follow_their_own_workspace_without_what_is_said_there() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let planted = Planted::plant(&stage).await?;
    let people = &stage.people;
    // Behind everything that was planted, so that whoever sees this has been shown all they get to see.
    let (theirs, _) = stage.answered(&people.stranger).await?;
    let (last, _) = stage.answered(&people.member).await?;
    let tail = "/api/events?since=2000-01-01T00:00:00Z";
    let stranger = heard(&stage, &people.stranger, tail, &theirs).await?;
    assert!(!stranger.contains(&last), "{stranger}");
    clean(&planted.markers, Caller::Stranger, &stranger);
    for (caller, who) in [
        (Caller::Admin, &people.admin),
        (Caller::Owner, &people.owner),
    ] {
        let all = heard(&stage, who, tail, &last).await?;
        clean(&planted.markers, caller, &all);
        assert!(all.contains(&people.holder.id.to_string()), "{all}");
        assert!(!all.contains(&theirs), "{all}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn archived_events_and_the_audit_log_are_those_of_the_own_workspace() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let planted = Planted::plant(&stage).await?;
    let people = &stage.people;
    let (theirs, _) = stage.answered(&people.stranger).await?;
    let (last, _) = stage.answered(&people.member).await?;
    for (caller, who, own) in [
        (Caller::Stranger, &people.stranger, &theirs),
        (Caller::Admin, &people.admin, &last),
    ] {
        let archived = eventually("the events to be archived", async || {
            let log = stage.get(who, "/api/event-log?limit=200").await.ok()?;
            let log = log.to_string();
            log.contains(own).then_some(log)
        })
        .await?;
        clean(&planted.markers, caller, &archived);
        let other = if caller == Caller::Stranger {
            &last
        } else {
            &theirs
        };
        assert!(!archived.contains(other), "{archived}");
        for path in [
            "/api/audit?limit=200",
            "/api/runs?scope=workspace&limit=200",
        ] {
            let text = stage.get(who, path).await?.to_string();
            clean(&planted.markers, caller, &text);
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_somebody_elses_run_opens_no_stream() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let people = &stage.people;
    let (_, run) = stage.answered(&people.holder).await?;
    for who in [&people.stranger, &people.member, &people.admin] {
        let (own, _) = stage.answered(who).await?;
        let path = format!("/api/conversations/{own}/events");
        let ask = async |run: &str| {
            let request = stage.request(who, Method::GET, &path);
            let answer = request
                .header("last-event-id", format!("{run}:0:1"))
                .send()
                .await?;
            let (status, text) = (answer.status(), answer.text().await?);
            anyhow::ensure!(status == 404, "{status}: {text}");
            Ok(text.replace(run, "…"))
        };
        let (theirs, nothing) = (
            ask(&run).await?,
            ask(&uuid::Uuid::now_v7().to_string()).await?,
        );
        let without = |text: &str| {
            let mut problem: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
            problem["requestId"] = serde_json::Value::Null;
            problem
        };
        assert_eq!(without(&theirs), without(&nothing));
    }
    Ok(())
}
