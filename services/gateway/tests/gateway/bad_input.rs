//! Requests that do not fit: each gets a problem that says what to change, and nothing is stored.

use mosaic_domain::ConversationId;
use reqwest::Method;
use serde_json::{Value, json};

use super::stage::{Stage, problem};

fn field(problem: &Value) -> &str {
    problem["errors"][0]["field"].as_str().unwrap_or_default()
}

async fn send_raw(
    stage: &Stage,
    conversation: ConversationId,
    kind: Option<&str>,
    body: impl Into<reqwest::Body>,
) -> anyhow::Result<reqwest::Response> {
    let path = format!("/api/conversations/{conversation}/messages");
    let mut request = stage.request(Method::POST, &path).body(body);
    if let Some(kind) = kind {
        request = request.header("content-type", kind);
    }
    Ok(request.send().await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_fit_is_refused_by_field_and_stores_nothing() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    let send = async |body: Value| {
        send_raw(
            &stage,
            conversation,
            Some("application/json"),
            body.to_string(),
        )
        .await
    };

    let unknown = problem(
        send(json!({"content": "hi", "colour": 1})).await?,
        400,
        "invalid_argument",
    )
    .await?;
    assert_eq!(field(&unknown), "colour");
    let missing = problem(send(json!({})).await?, 400, "invalid_argument").await?;
    assert_eq!(field(&missing), "content");
    let wrong = problem(send(json!({"content": 1})).await?, 400, "invalid_argument").await?;
    assert_eq!(field(&wrong), "content");
    let choice = json!({"content": "hi", "delivery": "later"});
    let choice = problem(send(choice).await?, 400, "invalid_argument").await?;
    assert_eq!(field(&choice), "delivery");
    let empty = problem(send(json!({"content": " \n"})).await?, 422, "unprocessable").await?;
    assert_eq!(field(&empty), "content");
    let long = problem(
        send(json!({"content": "x".repeat(1_001)})).await?,
        422,
        "unprocessable",
    )
    .await?;
    assert_eq!(field(&long), "content");
    let nul = problem(
        send(json!({"content": "a\u{0}b"})).await?,
        422,
        "unprocessable",
    )
    .await?;
    assert_eq!(field(&nul), "content");
    let both = json!({"content": "", "idempotencyKey": "k".repeat(201)});
    let both = problem(send(both).await?, 422, "unprocessable").await?;
    assert_eq!(both["errors"].as_array().map(Vec::len), Some(2));

    let stored = stage
        .read(&format!("/api/conversations/{conversation}"))
        .await?;
    assert_eq!(stored["messageCount"], 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_json_is_refused() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    let json = Some("application/json");

    for body in [
        "{\"content\":",
        "hello",
        "{\"content\":\"a\"} trailing",
        "\u{0}",
    ] {
        let refused = send_raw(&stage, conversation, json, body).await?;
        let refused = problem(refused, 400, "invalid_argument").await?;
        assert!(
            refused["detail"]
                .as_str()
                .is_some_and(|text| text.contains("JSON")),
            "{refused}"
        );
    }
    let refused = send_raw(&stage, conversation, json, vec![b'"', 0xff, b'"']).await?;
    problem(refused, 400, "invalid_argument").await?;
    let nothing = send_raw(&stage, conversation, json, "").await?;
    problem(nothing, 400, "invalid_argument").await?;
    for kind in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
    ] {
        let refused = send_raw(&stage, conversation, kind, "{\"content\":\"a\"}").await?;
        problem(refused, 415, "unsupported_media_type").await?;
    }
    let path = format!("/api/conversations/{conversation}/messages");
    let compressed = stage.request(Method::POST, &path);
    let compressed = compressed
        .header("content-encoding", "gzip")
        .json(&json!({"content": "a"}));
    problem(compressed.send().await?, 415, "unsupported_media_type").await?;
    let charset = Some("application/json; charset=utf-8");
    let fine = send_raw(&stage, conversation, charset, "{\"content\":\"a\"}").await?;
    assert_eq!(fine.status(), 202);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_large_is_refused_however_it_is_sent() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    let json = Some("application/json");

    let body = format!("{{\"content\":\"{}\"}}", "x".repeat(3 << 20));
    let refused = send_raw(&stage, conversation, json, body.clone()).await?;
    problem(refused, 413, "payload_too_large").await?;
    let parts = body
        .into_bytes()
        .chunks(64 << 10)
        .map(<[u8]>::to_vec)
        .collect::<Vec<_>>();
    let parts = futures::stream::iter(parts.into_iter().map(Ok::<_, std::io::Error>));
    let refused = send_raw(
        &stage,
        conversation,
        json,
        reqwest::Body::wrap_stream(parts),
    )
    .await?;
    problem(refused, 413, "payload_too_large").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_does_not_fit_is_refused() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let conversation = stage.conversation().await?;

    for path in [
        "/api/conversations/nonsense",
        "/api/runs/1",
        "/api/runs/1/events",
    ] {
        let refused = problem(stage.get(path).await?, 400, "invalid_argument").await?;
        assert!(
            refused["detail"]
                .as_str()
                .is_some_and(|text| text.contains("UUID")),
            "{refused}"
        );
    }
    let refused = stage.get("/api/conversations?colour=red").await?;
    let refused = problem(refused, 400, "invalid_argument").await?;
    assert_eq!(field(&refused), "colour");
    let refused = problem(
        stage.get("/api/conversations?limit=x").await?,
        400,
        "invalid_argument",
    )
    .await?;
    assert_eq!(field(&refused), "limit");
    for query in ["limit=0", "limit=201", "cursor=x"] {
        let path = format!("/api/conversations?{query}");
        problem(stage.get(&path).await?, 422, "unprocessable").await?;
    }
    let path = format!("/api/conversations/{conversation}/messages?before=3&after=1");
    problem(stage.get(&path).await?, 422, "unprocessable").await?;
    problem(stage.get("/api/nothing").await?, 404, "not_found").await?;
    let refused = stage
        .request(Method::PUT, "/api/conversations")
        .send()
        .await?;
    assert!(refused.headers().contains_key("allow"));
    problem(refused, 405, "method_not_allowed").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_without_a_valid_token_is_refused_on_every_route() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let id = stage.conversation().await?;
    let (conversation, run) = (
        format!("/api/conversations/{id}"),
        format!("/api/runs/{id}"),
    );
    let routes = [
        (Method::GET, "/api/conversations".to_owned()),
        (Method::POST, "/api/conversations".to_owned()),
        (Method::GET, conversation.clone()),
        (Method::PATCH, conversation.clone()),
        (Method::DELETE, conversation.clone()),
        (Method::GET, format!("{conversation}/messages")),
        (Method::POST, format!("{conversation}/messages")),
        (Method::GET, format!("{conversation}/runs")),
        (Method::GET, format!("{conversation}/events")),
        (Method::GET, run.clone()),
        (Method::GET, format!("{run}/events")),
        (Method::POST, format!("{run}/stop")),
        (Method::GET, "/api/me".to_owned()),
        (Method::GET, "/api/queues".to_owned()),
        (Method::GET, "/api/queues/runs/dead".to_owned()),
        (Method::POST, "/api/queues/runs/pause".to_owned()),
        (Method::GET, "/api/events".to_owned()),
        (Method::GET, "/api/system".to_owned()),
    ];
    let unknown = mosaic_identity::ApiToken::generate();
    let headers = [
        None,
        Some("Basic dTpw".to_owned()),
        Some("Bearer mos_short".to_owned()),
        Some(format!("Bearer {}", unknown.expose())),
    ];
    for (method, path) in routes {
        for header in &headers {
            let mut request = stage.http.request(method.clone(), stage.url(&path));
            if let Some(header) = header {
                request = request.header("authorization", header);
            }
            let response = request.json(&json!({"content": "x"})).send().await?;
            assert!(
                response.headers().contains_key("www-authenticate"),
                "{method} {path}"
            );
            problem(response, 401, "unauthenticated").await?;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_last_event_id_that_does_not_fit_is_refused() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let (one, two) = (stage.conversation().await?, stage.conversation().await?);
    let (run, other) = (stage.ask(one, "one").await?, stage.ask(two, "two").await?);

    let watch = async |path: &str, last: &str| {
        let request = stage
            .request(Method::GET, path)
            .header("last-event-id", last);
        anyhow::Ok(request.send().await?)
    };
    let (of_run, of_conversation) = (
        format!("/api/runs/{run}/events"),
        format!("/api/conversations/{one}/events"),
    );
    let foreign = format!("{other}:0:1");
    for path in [&of_run, &of_conversation] {
        problem(watch(path, "nonsense").await?, 400, "invalid_argument").await?;
        let refused = problem(watch(path, &foreign).await?, 400, "invalid_argument").await?;
        assert_eq!(field(&refused), "lastEventId");
        let path = format!("{path}?lastEventId={foreign}");
        problem(stage.get(&path).await?, 400, "invalid_argument").await?;
    }
    let nobodys = format!("{}:0:1", uuid::Uuid::nil());
    problem(watch(&of_conversation, &nobodys).await?, 404, "not_found").await?;
    Ok(())
}
