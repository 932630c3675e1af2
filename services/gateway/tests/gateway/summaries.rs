//! Summaries: shown to their owner and to nobody else, and made once however often they are asked for.

use mosaic_domain::{ConversationId, SummaryKind};
use mosaic_runtime::clock;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::stage::{Stage, problem};

/// Puts a summary into the record as the summarizer would.
async fn summarise(
    stage: &Stage,
    conversation: ConversationId,
    kind: SummaryKind,
    last_ordinal: i32,
) -> anyhow::Result<()> {
    let id = clock::id::<Uuid>();
    let insert = format!(
        "INSERT INTO summaries (id, workspace_id, owner_id, conversation_id, kind, first_ordinal, last_ordinal,
                                content, model, input_tokens, output_tokens)
         SELECT '{id}', workspace_id, owner_id, id, '{}', 1, {last_ordinal}, 'through run {last_ordinal}',
                'offline/offline', 120, 30
         FROM conversations WHERE id = '{conversation}'",
        kind.as_str(),
    );
    stage.database.execute(&insert).await
}

fn contents(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().map_or(&[][..], Vec::as_slice);
    let contents = items.iter().map(|one| one["content"].as_str());
    contents.map(Option::unwrap_or_default).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn summaries_are_listed_newest_first_by_kind_and_in_pages() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let (talk, other) = (stage.conversation().await?, stage.conversation().await?);
    stage.ask(talk, "the garden").await?;
    for ordinal in 1..=3 {
        summarise(&stage, talk, SummaryKind::Session, ordinal).await?;
    }
    summarise(&stage, talk, SummaryKind::Compaction, 9).await?;
    summarise(&stage, other, SummaryKind::Session, 7).await?;

    let path = format!("/api/conversations/{talk}/summaries?kind=session");
    let list = stage.read(&path).await?;
    assert_eq!(
        contents(&list),
        ["through run 3", "through run 2", "through run 1"]
    );
    let one = &list["items"][0];
    assert_eq!(one["conversationTitle"], "the garden");
    assert_eq!(one["kind"], "session");
    assert_eq!(
        (&one["firstOrdinal"], &one["lastOrdinal"]),
        (&json!(1), &json!(3))
    );
    assert_eq!(one["model"], "offline/offline");
    assert_eq!(
        (&one["inputTokens"], &one["outputTokens"]),
        (&json!(120), &json!(30))
    );

    let first = stage.read("/api/summaries?limit=2").await?;
    assert_eq!(contents(&first), ["through run 7", "through run 9"]);
    let cursor = first["nextCursor"].as_str().unwrap_or_default();
    let rest = stage
        .read(&format!("/api/summaries?cursor={cursor}"))
        .await?;
    assert_eq!(contents(&rest).len(), 3);
    assert_eq!(rest["nextCursor"], Value::Null);
    let wrong = stage.get("/api/summaries?cursor=zzz&limit=0").await?;
    problem(wrong, 422, "unprocessable").await?;
    let wrong = stage.get("/api/summaries?kind=poem").await?;
    problem(wrong, 400, "invalid_argument").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_sees_none_of_them_and_asks_for_none() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.stranger().await?;
    let talk = stage.conversation().await?;
    stage.ask(talk, "secret").await?;
    summarise(&stage, talk, SummaryKind::Session, 1).await?;

    let list = stage.request_by(&bob, Method::GET, "/api/summaries");
    let list: Value = list.send().await?.error_for_status()?.json().await?;
    assert_eq!(list["items"], json!([]));
    let path = format!("/api/conversations/{talk}/summaries");
    let read = stage.request_by(&bob, Method::GET, &path).send().await?;
    problem(read, 404, "not_found").await?;
    let make = stage.request_by(&bob, Method::POST, &path).json(&json!({}));
    problem(make.send().await?, 404, "not_found").await?;
    let jobs = "SELECT count(*) FROM outbox WHERE topic = 'summaries'";
    assert_eq!(stage.database.number(jobs).await?, 0);
    assert_eq!(contents(&stage.read(&path).await?), ["through run 1"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_writes_one_job_and_without_anything_new_it_is_refused() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let talk = stage.conversation().await?;
    let path = format!("/api/conversations/{talk}/summaries");
    let nothing = stage.post(&path, &json!({})).await?;
    problem(nothing, 409, "conflict").await?;

    stage.ask(talk, "the garden").await?;
    stage
        .database
        .execute("UPDATE runs SET state = 'completed', started_at = now(), ended_at = now()")
        .await?;
    for waiting in [false, true] {
        let asked = stage.post(&path, &json!({"kind": "session"})).await?;
        assert_eq!(asked.status(), 202);
        let body: Value = asked.json().await?;
        let expected =
            json!({"conversationId": talk.to_string(), "kind": "session", "waiting": waiting});
        assert_eq!(body, expected);
    }
    let jobs = "SELECT count(*) FROM outbox WHERE kind = 'job' AND topic = 'summaries'";
    assert_eq!(stage.database.number(jobs).await?, 1);
    let wrong = stage.post(&path, &json!({"kind": "poem"})).await?;
    problem(wrong, 400, "invalid_argument").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_for_good_is_refused_until_it_has_rested() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let talk = stage.conversation().await?;
    let path = format!("/api/conversations/{talk}/summaries");
    stage.ask(talk, "the garden").await?;
    let failed = format!(
        "INSERT INTO summary_drafts (conversation_id, kind, failures, rest_until)
         VALUES ('{talk}', 'session', 1, '2999-01-31T12:00:00Z')"
    );
    stage.database.execute(&failed).await?;

    let refused = stage.post(&path, &json!({"kind": "session"})).await?;
    let refused = problem(refused, 409, "conflict").await?;
    let detail = refused["detail"].as_str().unwrap_or_default();
    assert!(detail.contains("2999-01-31T12:00:00Z"), "{detail}");
    let jobs = "SELECT count(*) FROM outbox WHERE kind = 'job' AND topic = 'summaries'";
    assert_eq!(stage.database.number(jobs).await?, 0);

    let rested = "UPDATE summary_drafts SET rest_until = now() - interval '1 s'";
    stage.database.execute(rested).await?;
    let asked = stage.post(&path, &json!({"kind": "session"})).await?;
    assert_eq!(asked.status(), 202);
    assert_eq!(stage.database.number(jobs).await?, 1);
    Ok(())
}
