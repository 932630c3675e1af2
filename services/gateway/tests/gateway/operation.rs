//! What operators and tools see.

use std::collections::HashSet;

use mosaic_testkit::service::eventually;
use reqwest::Method;
use serde_json::{Value, json};

use super::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn operators_see_who_they_are_the_queues_and_the_installation() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let me = stage.read("/api/me").await?;
    assert_eq!(me["name"], "Ada");
    assert_eq!(me["role"], "owner");
    assert_eq!(me["workspaceId"], stage.ada.scope.workspace_id.to_string());

    let conversation = stage.conversation().await?;
    stage.ask(conversation, "hello").await?;
    eventually("a job in the queue", async || {
        let queues = stage.read("/api/queues").await.ok()?;
        let runs = queues["items"]
            .as_array()?
            .iter()
            .find(|one| one["name"] == "runs")?
            .clone();
        (runs["waiting"] == 1 && runs["lanes"]["normal"] == 1).then_some(())
    })
    .await?;

    // It answers before it is in the register.
    let system = eventually("the gateway in the register", async || {
        let system = stage.read("/api/system").await.ok()?;
        (system["instances"][0]["service"] == "gateway").then_some(system)
    })
    .await?;
    assert!(
        system["components"]
            .as_array()
            .is_some_and(|all| all.iter().all(|one| one["ok"] == true))
    );
    let providers = system["providers"].as_array().cloned().unwrap_or_default();
    assert!(
        providers
            .iter()
            .any(|one| one["name"] == "offline" && one["ok"] == true),
        "{system}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_describes_every_route_and_is_served_to_anybody() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let document = stage
        .http
        .get(stage.url("/api/openapi.json"))
        .send()
        .await?;
    let document: Value = document.error_for_status()?.json().await?;
    assert_eq!(document["openapi"], "3.1.0");
    let (mut routes, mut operations) = (Vec::new(), HashSet::new());
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let route = format!("{} {path}", method.to_uppercase());
            assert!(
                operation["responses"]["500"].is_object(),
                "{route} documents its problems"
            );
            let id = operation["operationId"].as_str().unwrap_or_default();
            assert!(operations.insert(id), "{id} names more than one operation");
            routes.push(route);
        }
    }
    let table = include_str!("../../../../docs/reference/surfaces.md");
    let listed: HashSet<&str> = table
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|code| code.contains(" /"))
        .collect();
    for route in &routes {
        assert!(
            listed.contains(&**route),
            "{route} is not in docs/reference/surfaces.md"
        );
    }
    assert_eq!(routes.len(), listed.len(), "{listed:?} of {routes:?}");
    assert!(document["components"]["schemas"]["Problem"].is_object());
    let page = stage
        .http
        .get(stage.url("/api/docs/"))
        .send()
        .await?
        .error_for_status()?;
    assert!(page.text().await?.contains("swagger-ui"));
    let status = stage
        .http
        .get(stage.url("/api/bootstrap/status"))
        .send()
        .await?;
    assert_eq!(status.json::<Value>().await?, json!({"needsSetup": false}));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_an_id_and_headers_for_browsers() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let request = stage
        .request(Method::GET, "/api/me")
        .header("x-request-id", "mine-1");
    let response = request.send().await?;
    assert_eq!(response.headers()["x-request-id"], "mine-1");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert!(response.headers().contains_key("content-security-policy"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_schema_is_refused_with_what_to_run() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let empty = mosaic_testkit::TestDatabase::create().await?;
    let mut config = mosaic_config::Config::for_tests()?;
    config.postgres.url = empty.url().clone();
    config.valkey.url = stage.valkey.url().clone();
    let refused = mosaic_testkit::TestService::start::<mosaic_gateway::App>(config).await;
    let Err(error) = refused else {
        anyhow::bail!("it started on an empty database");
    };
    assert!(error.to_string().contains("mosaic-migrate up"), "{error}");
    Ok(())
}
