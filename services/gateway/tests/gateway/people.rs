//! People: who belongs where and as what, and what follows when they do not any more.

mod consequences;
mod deletion;
mod invitations;
mod members;
mod teams;
mod users;
mod workspaces;

use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::stage::{Person, Stage};

/// A request with a body by somebody; `null` for none.
async fn ask(
    stage: &Stage,
    who: &Person,
    method: Method,
    path: &str,
    body: &Value,
) -> anyhow::Result<Response> {
    let request = stage.request_by(who, method, path);
    let request = if body.is_null() {
        request
    } else {
        request.json(body)
    };
    Ok(request.send().await?)
}

/// The JSON of a request that is carried out.
async fn done(
    stage: &Stage,
    who: &Person,
    method: Method,
    path: &str,
    body: &Value,
) -> anyhow::Result<Value> {
    let response = ask(stage, who, method, path, body).await?;
    let status = response.status();
    let text = response.text().await?;
    anyhow::ensure!(status.is_success(), "{path}: {status}: {text}");
    if text.is_empty() {
        return Ok(Value::Null);
    }
    Ok(serde_json::from_str(&text)?)
}

/// What the audit log of somebody's workspace says of actions that begin like this, the oldest first.
async fn audited(stage: &Stage, who: &Person, like: &str) -> anyhow::Result<Vec<(String, String)>> {
    let path = format!("/api/audit?action={like}*");
    let log = done(stage, who, Method::GET, &path, &Value::Null).await?;
    let text = |entry: &Value, field: &str| entry[field].as_str().unwrap_or_default().to_owned();
    let entries = log["items"].as_array().cloned().unwrap_or_default();
    let told = |entry: &Value| (text(entry, "action"), text(entry, "outcome"));
    Ok(entries.iter().rev().map(told).collect())
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(action, outcome): &(&str, &str)| ((*action).to_owned(), (*outcome).to_owned());
    expected.iter().map(own).collect()
}

fn member(who: &Person) -> String {
    format!("/api/members/{}", who.scope.user_id)
}

fn user(who: &Person, what: &str) -> String {
    format!("/api/users/{}{what}", who.scope.user_id)
}

/// How many rows a condition finds.
async fn count(stage: &Stage, of: &str) -> anyhow::Result<i64> {
    let query = format!("SELECT count(*) FROM {of}");
    stage.database.number(&query).await
}

/// Somebody's role in the workspace as its members see it.
async fn role_of(stage: &Stage, who: &Person) -> anyhow::Result<Option<String>> {
    let list = stage.read("/api/members").await?;
    let id = json!(who.scope.user_id.to_string());
    let members = list["items"].as_array().cloned().unwrap_or_default();
    let found = members.into_iter().find(|member| member["userId"] == id);
    Ok(found.and_then(|member| member["role"].as_str().map(str::to_owned)))
}
