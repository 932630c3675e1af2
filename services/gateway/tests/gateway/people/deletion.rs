//! Deleting somebody for good.

use reqwest::Method;
use serde_json::{Value, json};

use super::super::stage::{Person, Stage, problem};
use super::super::worker::Worker;
use super::{ask, audited, count, done, member, pairs, user};
use crate::gateway::stage::run_id;

/// Somebody says and remembers something; a worker holds the run that answers.
async fn live(stage: &Stage, who: &Person) -> anyhow::Result<Worker> {
    let made = done(stage, who, Method::POST, "/api/conversations", &json!({})).await?;
    let said = format!(
        "/api/conversations/{}/messages",
        made["id"].as_str().unwrap_or_default()
    );
    let accepted = done(
        stage,
        who,
        Method::POST,
        &said,
        &json!({"content": "hello"}),
    )
    .await?;
    done(
        stage,
        who,
        Method::POST,
        "/api/memory",
        &json!({"content": "likes tea"}),
    )
    .await?;
    Worker::claim(stage, run_id(&accepted)?).await
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_deleted_leaves_nothing_but_what_they_did_in_the_audit_log() -> anyhow::Result<()>
{
    let stage = Stage::set().await?;
    let carl = stage.colleague("Carl", "admin").await?;
    stage.sign_in(&carl).await?;
    let mut worker = live(&stage, &carl).await?;
    done(
        &stage,
        &carl,
        Method::POST,
        "/api/teams",
        &json!({"name": "Red"}),
    )
    .await?;
    done(
        &stage,
        &carl,
        Method::POST,
        "/api/invitations",
        &json!({"role": "guest"}),
    )
    .await?;
    let id = carl.scope.user_id;
    let more = format!(
        "INSERT INTO conversations (id, workspace_id, owner_id, agent)
         SELECT gen_random_uuid(), '{}', '{id}', 'assistant' FROM generate_series(1, 50);
         INSERT INTO memories (id, workspace_id, user_id, kind, role, content)
         SELECT gen_random_uuid(), '{}', '{id}', 'note', 'user', 'x' FROM generate_series(1, 450)",
        carl.scope.workspace_id, carl.scope.workspace_id
    );
    stage.database.execute(&more).await?;

    let wrong = ask(
        &stage,
        &stage.ada,
        Method::DELETE,
        &user(&carl, ""),
        &json!({"confirm": "Karl"}),
    )
    .await?;
    problem(wrong, 422, "unprocessable").await?;
    let gone = ask(
        &stage,
        &stage.ada,
        Method::DELETE,
        &user(&carl, ""),
        &json!({"confirm": "Carl"}),
    )
    .await?;
    assert_eq!(gone.status(), 204, "{}", gone.text().await?);
    for table in [
        format!("users WHERE id = '{id}'"),
        format!("conversations WHERE owner_id = '{id}'"),
        format!("runs WHERE owner_id = '{id}'"),
        format!("memories WHERE user_id = '{id}'"),
        format!("memory_vectors WHERE user_id = '{id}'"),
        format!("api_tokens WHERE user_id = '{id}'"),
        format!("sessions WHERE user_id = '{id}'"),
        format!("memberships WHERE user_id = '{id}'"),
        "messages".to_owned(),
        "run_log".to_owned(),
        // The workspace of their own, in which nobody else was.
        "workspaces WHERE name = 'Carl''s'".to_owned(),
        "invitations WHERE revoked_at IS NULL".to_owned(),
    ] {
        assert_eq!(count(&stage, &table).await?, 0, "{table}");
    }
    assert!(worker.record().await.is_err());
    let log = stage.read("/api/audit?action=team.create").await?;
    assert_eq!(log["items"][0]["actor"], "Carl");
    assert_eq!(
        audited(&stage, &stage.ada, "user.delete").await?,
        pairs(&[("user.delete", "requested"), ("user.delete", "done")])
    );
    let again = ask(
        &stage,
        &stage.ada,
        Method::DELETE,
        &user(&carl, ""),
        &json!({"confirm": "Carl"}),
    )
    .await?;
    problem(again, 404, "not_found").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_owner_of_others_hands_over_first() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.stranger().await?;
    let carl = stage.colleague("Carl", "admin").await?;
    let put = format!(
        "INSERT INTO memberships (workspace_id, user_id, role) VALUES ('{}', '{}', 'member')",
        bob.scope.workspace_id, carl.scope.user_id
    );
    stage.database.execute(&put).await?;
    let confirm = json!({"confirm": "Bob"});
    let refused = ask(
        &stage,
        &stage.ada,
        Method::DELETE,
        &user(&bob, ""),
        &confirm,
    )
    .await?;
    let told = problem(refused, 409, "conflict").await?;
    assert!(
        told["detail"]
            .as_str()
            .is_some_and(|text| text.contains("Bob's")),
        "{told}"
    );
    // Nothing has happened to them.
    assert_eq!(count(&stage, "users WHERE state <> 'active'").await?, 0);
    done(
        &stage,
        &bob,
        Method::PATCH,
        &member(&carl),
        &json!({"role": "owner"}),
    )
    .await?;
    done(
        &stage,
        &stage.ada,
        Method::DELETE,
        &user(&bob, ""),
        &confirm,
    )
    .await?;
    assert_eq!(count(&stage, "workspaces WHERE name = 'Bob''s'").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_deletes_those_above_them_nor_the_last_owner_of_home() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.stranger().await?;
    let dora = stage.colleague("Dora", "admin").await?;
    let carl = stage.colleague("Carl", "member").await?;
    let confirm = json!({"confirm": "Ada"});
    for (who, status, code) in [
        (&dora, 403, "permission_denied"),
        (&carl, 403, "permission_denied"),
        (&bob, 403, "permission_denied"),
        (&stage.ada, 409, "conflict"),
    ] {
        let refused = ask(&stage, who, Method::DELETE, &user(&stage.ada, ""), &confirm).await?;
        problem(refused, status, code).await?;
    }
    assert_eq!(count(&stage, "users").await?, 4);
    let nobody: Value = json!({"confirm": "x"});
    let missing = "/api/users/0199d1f0-0000-7000-8000-000000000000";
    let missing = ask(&stage, &stage.ada, Method::DELETE, missing, &nobody).await?;
    problem(missing, 404, "not_found").await?;
    Ok(())
}
