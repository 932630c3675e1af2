//! Workspaces.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::super::stage::{Stage, problem};
use super::{ask, audited, count, done, pairs};

fn path(id: impl std::fmt::Display) -> String {
    format!("/api/workspaces/{id}")
}

#[tokio::test(flavor = "multi_thread")]
async fn admins_of_home_make_workspaces_and_own_them() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.stranger().await?;
    let carl = stage.colleague("Carl", "member").await?;
    let body = json!({"name": " Lab "});
    for who in [&bob, &carl] {
        let refused = ask(&stage, who, Method::POST, "/api/workspaces", &body).await?;
        problem(refused, 403, "permission_denied").await?;
    }
    let made = done(&stage, &stage.ada, Method::POST, "/api/workspaces", &body).await?;
    assert_eq!(
        (
            &made["name"],
            &made["role"],
            &made["home"],
            &made["current"]
        ),
        (&json!("Lab"), &json!("owner"), &json!(false), &json!(false))
    );
    let mine = stage.read("/api/workspaces").await?;
    let home = &mine["items"][0];
    assert_eq!(
        (&home["home"], &home["current"]),
        (&json!(true), &json!(true))
    );
    let empty = ask(
        &stage,
        &stage.ada,
        Method::POST,
        "/api/workspaces",
        &json!({"name": " "}),
    )
    .await?;
    problem(empty, 422, "unprocessable").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_runs_a_workspace_and_is_in_it_changes_it() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.stranger().await?;
    let (dora, carl) = (
        stage.colleague("Dora", "admin").await?,
        stage.colleague("Carl", "member").await?,
    );
    let home = path(stage.ada.scope.workspace_id);
    let body = json!({"name": "Here"});
    let named = done(&stage, &dora, Method::PATCH, &home, &body).await?;
    assert_eq!(
        (&named["name"], &named["current"]),
        (&json!("Here"), &json!(true))
    );
    let refused = ask(&stage, &carl, Method::PATCH, &home, &body).await?;
    problem(refused, 403, "permission_denied").await?;
    let hidden = ask(&stage, &bob, Method::PATCH, &home, &body).await?;
    problem(hidden, 404, "not_found").await?;
    // What proves one here proves nothing there.
    let there = done(
        &stage,
        &stage.ada,
        Method::POST,
        "/api/workspaces",
        &json!({"name": "There"}),
    )
    .await?;
    let there = path(there["id"].as_str().unwrap_or_default());
    let elsewhere = ask(&stage, &stage.ada, Method::PATCH, &there, &body).await?;
    problem(elsewhere, 409, "conflict").await?;

    let confirm = json!({"confirm": "Here"});
    let stays = ask(&stage, &stage.ada, Method::DELETE, &home, &confirm).await?;
    problem(stays, 409, "conflict").await?;
    let hidden = ask(&stage, &bob, Method::DELETE, &home, &confirm).await?;
    problem(hidden, 404, "not_found").await?;
    assert_eq!(
        audited(&stage, &stage.ada, "workspace.").await?,
        pairs(&[
            ("workspace.rename", "done"),
            ("workspace.rename", "denied"),
            ("workspace.create", "done"),
        ])
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_workspace_takes_everything_along_that_is_in_it() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.stranger().await?;
    let workspace = bob.scope.workspace_id;
    // Somebody else in Bob's workspace, who goes on to exist.
    let carl = stage.colleague("Carl", "member").await?;
    let put = format!(
        "INSERT INTO memberships (workspace_id, user_id, role) VALUES ('{workspace}', '{}', 'admin');
         UPDATE api_tokens SET workspace_id = '{workspace}' WHERE user_id = '{}'",
        carl.scope.user_id, carl.scope.user_id
    );
    stage.database.execute(&put).await?;
    let mut talks = Vec::new();
    for who in [&bob, &carl] {
        let talk = done(&stage, who, Method::POST, "/api/conversations", &json!({})).await?;
        let said = format!(
            "/api/conversations/{}/messages",
            talk["id"].as_str().unwrap_or_default()
        );
        done(
            &stage,
            who,
            Method::POST,
            &said,
            &json!({"content": "hello"}),
        )
        .await?;
        done(
            &stage,
            who,
            Method::POST,
            "/api/memory",
            &json!({"content": "likes tea"}),
        )
        .await?;
        talks.push(talk);
    }
    let refused = ask(
        &stage,
        &carl,
        Method::DELETE,
        &path(workspace),
        &json!({"confirm": "Bob's"}),
    )
    .await?;
    problem(refused, 403, "permission_denied").await?;
    let wrong = ask(
        &stage,
        &bob,
        Method::DELETE,
        &path(workspace),
        &json!({"confirm": "Bobs"}),
    )
    .await?;
    problem(wrong, 422, "unprocessable").await?;
    let gone = ask(
        &stage,
        &bob,
        Method::DELETE,
        &path(workspace),
        &json!({"confirm": "Bob's"}),
    )
    .await?;
    assert_eq!(gone.status(), 204);
    for table in [
        "memberships",
        "conversations",
        "runs",
        "messages",
        "memories",
        "api_tokens",
        "invitations",
    ] {
        let left = format!("{table} WHERE workspace_id = '{workspace}'");
        assert_eq!(count(&stage, &left).await?, 0, "{table}");
    }
    assert_eq!(
        count(
            &stage,
            &format!("outbox WHERE kind = 'job' AND workspace_id = '{workspace}'")
        )
        .await?,
        0
    );
    assert_eq!(
        count(&stage, "users WHERE name IN ('Bob', 'Carl')").await?,
        2
    );
    sleep(Duration::from_millis(1_100)).await;
    for who in [&bob, &carl] {
        let out = ask(&stage, who, Method::GET, "/api/me", &Value::Null).await?;
        problem(out, 401, "unauthenticated").await?;
    }
    // Who runs the installation reads that it is gone.
    let log = audited(&stage, &stage.ada, "workspace.delete").await?;
    assert_eq!(log, pairs(&[("workspace.delete", "done")]));
    Ok(())
}
