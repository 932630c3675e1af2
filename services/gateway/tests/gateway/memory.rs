//! What is remembered, as its owner and as strangers meet it.

use reqwest::Method;
use serde_json::{Value, json};

use super::stage::{Stage, problem};

async fn save(stage: &Stage, content: &str) -> anyhow::Result<Value> {
    let response = stage
        .post("/api/memory", &json!({"content": content}))
        .await?;
    anyhow::ensure!(response.status() == 201, "{}", response.status());
    Ok(response.json().await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_is_saved_listed_read_and_forgotten() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let mut ids = Vec::new();
    for text in ["one", "two", "three"] {
        ids.push(save(&stage, text).await?["id"].clone());
    }
    let page = stage.read("/api/memory?limit=2&kind=note").await?;
    let texts = |page: &Value| -> Vec<Value> {
        let items = page["items"].as_array().cloned().unwrap_or_default();
        items.iter().map(|item| item["content"].clone()).collect()
    };
    assert_eq!(texts(&page), ["three", "two"]);
    let cursor = page["nextCursor"].as_str().unwrap_or_default();
    let page = stage
        .read(&format!("/api/memory?limit=2&cursor={cursor}"))
        .await?;
    assert_eq!(texts(&page), ["one"]);
    assert!(page.get("nextCursor").is_none());
    assert_eq!(
        stage.read("/api/memory?kind=message").await?["items"],
        json!([])
    );

    let path = format!("/api/memory/{}", ids[0].as_str().unwrap_or_default());
    let note = stage.read(&path).await?;
    assert_eq!(
        (&note["content"], &note["role"]),
        (&json!("one"), &json!("user"))
    );
    let gone = stage.request(Method::DELETE, &path).send().await?;
    assert_eq!(gone.status(), 200);
    let gone: Value = gone.json().await?;
    assert_eq!(gone, json!({"forgotten": [ids[0]]}));
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
async fn strangers_find_read_and_forget_nothing() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.stranger().await?;
    let conversation = stage.conversation().await?;
    let id = save(&stage, "secret").await?["id"].clone();
    let id = id.as_str().unwrap_or_default();
    for (method, path) in [
        (Method::GET, format!("/api/memory/{id}")),
        (Method::DELETE, format!("/api/memory/{id}")),
        (
            Method::DELETE,
            format!("/api/memory?conversationId={conversation}"),
        ),
    ] {
        let refused = stage.request_by(&bob, method, &path).send().await?;
        problem(refused, 404, "not_found").await?;
    }
    let list = stage
        .request_by(&bob, Method::GET, "/api/memory")
        .send()
        .await?;
    let list: Value = list.json().await?;
    assert_eq!(list["items"], json!([]));
    assert_eq!(
        stage.read(&format!("/api/memory/{id}")).await?["content"],
        "secret"
    );

    let nobody = stage.http.get(stage.url("/api/memory")).send().await?;
    problem(nobody, 401, "unauthenticated").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_indexer_a_search_is_refused_with_what_to_start() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let refused = problem(
        stage.get("/api/memory/search?q=dog").await?,
        503,
        "unavailable",
    )
    .await?;
    let remedy = refused["remedy"].as_str().unwrap_or_default();
    assert!(remedy.contains("mosaic-memory-indexer"), "{refused}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_out_of_bounds_is_named() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let fields = async |response: reqwest::Response, status: u16, code: &str| {
        let problem = problem(response, status, code).await?;
        anyhow::Ok(problem["errors"][0]["field"].clone())
    };
    let empty = stage.post("/api/memory", &json!({"content": " "})).await?;
    assert_eq!(fields(empty, 422, "unprocessable").await?, "content");
    let long = json!({"content": "x".repeat(8_001)});
    let long = stage.post("/api/memory", &long).await?;
    assert_eq!(fields(long, 422, "unprocessable").await?, "content");
    for (path, field) in [
        ("/api/memory/search?q=%20", "q"),
        ("/api/memory/search?q=x&limit=51", "limit"),
        ("/api/memory?limit=0", "limit"),
        ("/api/memory?cursor=nonsense", "cursor"),
    ] {
        assert_eq!(
            fields(stage.get(path).await?, 422, "unprocessable").await?,
            field
        );
    }
    for path in [
        "/api/memory/search",
        "/api/memory?kind=thought",
        "/api/memory/search?q=x&who=bob",
    ] {
        problem(stage.get(path).await?, 400, "invalid_argument").await?;
    }
    // Whoever forgets names what: nothing is forgotten by leaving something out.
    let all = stage.request(Method::DELETE, "/api/memory").send().await?;
    problem(all, 400, "invalid_argument").await?;
    Ok(())
}
