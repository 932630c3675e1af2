//! Agents and models: listed, and chosen for a conversation.

use reqwest::Method;
use serde_json::{Value, json};

use super::stage::{Stage, problem};

#[tokio::test(flavor = "multi_thread")]
async fn agents_and_models_that_can_be_chosen_are_listed_without_what_agents_are_told()
-> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let agents = stage.read("/api/agents").await?;
    assert_eq!(agents["items"][0]["name"], "jarvis");
    assert_eq!(agents["items"][0]["default"], true);
    let names: Vec<_> = agents["items"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|agent| agent["name"].as_str())
        .collect();
    assert_eq!(names, ["jarvis", "alan", "sherlock"]);
    assert!(!agents.to_string().contains("You are"), "{agents}");

    let models = stage.read("/api/models").await?;
    let offline = &models["items"][0];
    assert_eq!(offline["id"], "offline/offline", "{models}");
    assert_eq!(offline["default"], true);
    assert_eq!(offline["available"], true);
    assert!(offline["contextWindow"].as_u64() > Some(1_000));
    for path in ["/api/agents", "/api/models"] {
        let stranger = stage.http.get(stage.url(path)).send().await?;
        problem(stranger, 401, "unauthenticated").await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_can_be_given_another_agent_and_model_and_lose_the_model_again()
-> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let path = format!("/api/conversations/{}", stage.conversation().await?);
    let change = async |body: Value| -> anyhow::Result<Value> {
        let request = stage.request(Method::PATCH, &path).json(&body);
        Ok(request.send().await?.error_for_status()?.json().await?)
    };
    let changed = change(json!({"agent": "alan", "model": "offline/offline"})).await?;
    assert_eq!(
        (&changed["agent"], &changed["model"]),
        (&json!("alan"), &json!("offline/offline"))
    );
    let titled = change(json!({"title": "Plans"})).await?;
    assert_eq!(
        (&titled["agent"], &titled["model"]),
        (&json!("alan"), &json!("offline/offline"))
    );
    let cleared = change(json!({"model": null})).await?;
    assert_eq!(
        (&cleared["title"], &cleared["model"]),
        (&json!("Plans"), &Value::Null)
    );
    assert_eq!(stage.read(&path).await?, cleared);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_chosen_is_refused_with_what_can() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let path = format!("/api/conversations/{}", stage.conversation().await?);
    for (body, field, hint) in [
        (json!({"agent": "friday"}), "agent", "`sherlock`"),
        (json!({"model": "nowhere/at-all"}), "model", "at-all"),
        (json!({"model": ""}), "model", "empty"),
        (json!({}), "title", "nothing is to be changed"),
    ] {
        let refused = stage
            .request(Method::PATCH, &path)
            .json(&body)
            .send()
            .await?;
        let refused = problem(refused, 422, "unprocessable").await?;
        assert_eq!(refused["errors"][0]["field"], field, "{refused}");
        assert!(refused["errors"].to_string().contains(hint), "{refused}");
    }
    let stranger = stage.stranger().await?;
    let request = stage.request_by(&stranger, Method::PATCH, &path);
    let refused = request.json(&json!({"agent": "alan"})).send().await?;
    problem(refused, 404, "not_found").await?;
    Ok(())
}
