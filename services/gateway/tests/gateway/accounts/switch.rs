//! Going to another workspace with a session.

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio::time::timeout;
use uuid::Uuid;

use super::super::sse::Sse;
use super::super::stage::{Stage, problem};
use super::account::{PASSWORD, cookie_in, noted, sign_in, with_password};

async fn go(stage: &Stage, cookie: &str, to: &str) -> anyhow::Result<Response> {
    let request = stage.with_cookie(cookie, Method::PUT, "/api/session/workspace");
    Ok(request.json(&json!({"workspaceId": to})).send().await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_goes_where_its_person_belongs_and_leaves_its_streams_behind()
-> anyhow::Result<()> {
    let stage = Stage::set().await?;
    with_password(&stage, &stage.ada, "ada@example.org").await?;
    let bob = stage.stranger().await?;
    let (cookie, me) = sign_in(&stage, "ada@example.org").await?;
    let home = me["workspaceId"].as_str().unwrap_or_default().to_owned();
    let other = bob.scope.workspace_id.to_string();
    let id = stage.conversation().await?;

    // Not there yet, and what is there is no different from what is not.
    for to in [other.clone(), Uuid::now_v7().to_string()] {
        problem(go(&stage, &cookie, &to).await?, 404, "not_found").await?;
    }
    let ada = stage.ada.scope.user_id;
    let join = format!(
        "INSERT INTO memberships (workspace_id, user_id, role) VALUES ('{other}', '{ada}', 'guest')"
    );
    stage.database.execute(&join).await?;
    let events = format!("/api/conversations/{id}/events");
    let mut stream = Sse::follow(stage.with_cookie(&cookie, Method::GET, &events)).await?;

    let there: Value = go(&stage, &cookie, &other).await?.json().await?;
    assert_eq!(there["workspaceId"], other.as_str());
    assert_eq!(there["role"], "guest");
    assert_eq!(there["home"], false);
    let read = stage.with_cookie(&cookie, Method::GET, &format!("/api/conversations/{id}"));
    problem(read.send().await?, 404, "not_found").await?;
    let create = stage.with_cookie(&cookie, Method::POST, "/api/conversations");
    let create = create.json(&json!({})).send().await?;
    problem(create, 403, "permission_denied").await?;
    timeout(Duration::from_secs(5), stream.rest()).await??;

    let back: Value = go(&stage, &cookie, &home).await?.json().await?;
    assert_eq!(back["role"], "owner");
    assert_eq!(noted(&stage, "session.workspace", "done").await?, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_begins_where_it_is_wanted_or_where_one_was_last() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    with_password(&stage, &stage.ada, "ada@example.org").await?;
    let bob = stage.stranger().await?;
    let (ada, other) = (stage.ada.scope.user_id, bob.scope.workspace_id.to_string());
    let begin = async |workspace: &str| {
        let body =
            json!({"email": "ada@example.org", "password": PASSWORD, "workspaceId": workspace});
        let request = stage.http.post(stage.url("/api/session")).json(&body);
        anyhow::Ok(request.send().await?)
    };
    problem(begin(&other).await?, 404, "not_found").await?;
    let join = format!(
        "INSERT INTO memberships (workspace_id, user_id, role) VALUES ('{other}', '{ada}', 'member')"
    );
    stage.database.execute(&join).await?;
    let (_, first) = sign_in(&stage, "ada@example.org").await?;
    assert_eq!(first["home"], true);
    let there: Value = begin(&other).await?.json().await?;
    assert_eq!(there["workspaceId"], other.as_str());
    let (_, last) = sign_in(&stage, "ada@example.org").await?;
    assert_eq!(last["workspaceId"], other.as_str());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_and_what_was_begun_with_it_stay() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let workspace = stage.ada.scope.workspace_id.to_string();
    let begun = stage.sign_in(&stage.ada).await?;
    problem(
        go(&stage, &begun, &workspace).await?,
        403,
        "permission_denied",
    )
    .await?;
    let by_token = stage.request(Method::PUT, "/api/session/workspace");
    let by_token = by_token
        .json(&json!({"workspaceId": workspace}))
        .send()
        .await?;
    problem(by_token, 403, "permission_denied").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_removed_from_a_workspace_is_signed_out_of_it() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.colleague("Bob", "member").await?;
    with_password(&stage, &bob, "bob@example.org").await?;
    let own = "SELECT workspace_id::text FROM memberships m JOIN users u ON u.id = m.user_id
               WHERE u.name = 'Bob' AND m.role = 'owner'";
    let own = stage.database.text(own).await?;
    let body = json!({
        "email": "bob@example.org",
        "password": PASSWORD,
        "workspaceId": stage.ada.scope.workspace_id.to_string(),
    });
    let signed_in = stage.http.post(stage.url("/api/session")).json(&body);
    let cookie = cookie_in(&signed_in.send().await?)?;
    let leave = format!(
        "DELETE FROM memberships WHERE user_id = '{}' AND workspace_id = '{}'",
        bob.scope.user_id, stage.ada.scope.workspace_id
    );
    stage.database.execute(&leave).await?;
    tokio::time::sleep(super::account::FORGOTTEN).await;
    let me = stage.with_cookie(&cookie, Method::GET, "/api/me");
    problem(me.send().await?, 401, "unauthenticated").await?;
    let (_, me) = sign_in(&stage, "bob@example.org").await?;
    assert_eq!(me["workspaceId"], own.as_str());
    Ok(())
}
