//! Links with which somebody sets a new password.

use std::time::Duration;

use mosaic_identity::LinkSecret;
use mosaic_storage::{Actor, NewPasswordLink};
use reqwest::{Method, Response};
use serde_json::json;
use uuid::Uuid;

use super::super::stage::{Person, Stage, problem};
use super::account::{FORGOTTEN, PASSWORD, sign_in, try_password, with_password};

const ANOTHER: &str = "a kettle full of violins";

async fn link(stage: &Stage, who: &Person) -> anyhow::Result<Option<LinkSecret>> {
    let secret = LinkSecret::generate();
    let new = NewPasswordLink {
        id: Uuid::now_v7(),
        user_id: who.scope.user_id,
        secret_hash: secret.hash(),
        lifetime: Duration::from_hours(1),
    };
    let by = Actor {
        workspace_id: stage.ada.scope.workspace_id,
        user_id: Some(stage.ada.scope.user_id),
        name: "Ada".to_owned(),
        address: None,
    };
    let made = stage.storage.create_password_link(&new, &by).await?;
    Ok(made.map(|_| secret))
}

async fn set(stage: &Stage, secret: &str, password: &str) -> anyhow::Result<Response> {
    let request = stage.http.post(stage.url("/api/password-link"));
    let body = json!({"secret": secret, "password": password});
    Ok(request.json(&body).send().await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_sets_a_password_once_and_ends_every_session() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    with_password(&stage, &stage.ada, "ada@example.org").await?;
    let (cookie, _) = sign_in(&stage, "ada@example.org").await?;
    let secret = link(&stage, &stage.ada).await?.expect("a link");
    let weak = set(&stage, secret.expose(), "password1234").await?;
    problem(weak, 422, "unprocessable").await?;
    let done = set(&stage, secret.expose(), ANOTHER).await?;
    assert_eq!(done.status(), 204);
    let again = set(&stage, secret.expose(), PASSWORD).await?;
    problem(again, 404, "not_found").await?;
    tokio::time::sleep(FORGOTTEN).await;
    let ended = stage.with_cookie(&cookie, Method::GET, "/api/me");
    problem(ended.send().await?, 401, "unauthenticated").await?;
    let now = try_password(&stage, "ada@example.org", ANOTHER).await?;
    assert_eq!(now.status(), 201);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_newest_link_of_somebody_who_may_come_in_counts() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    // Nothing to sign in with.
    assert!(link(&stage, &stage.ada).await?.is_none());
    with_password(&stage, &stage.ada, "ada@example.org").await?;
    let former = link(&stage, &stage.ada).await?.expect("a link");
    let secret = link(&stage, &stage.ada).await?.expect("a link");
    let unknown = LinkSecret::generate();
    for wrong in [former.expose(), unknown.expose(), "x", ""] {
        let refused = set(&stage, wrong, ANOTHER).await?;
        problem(refused, 404, "not_found").await?;
    }
    let ban = "UPDATE users SET state = 'banned', state_at = now()";
    stage.database.execute(ban).await?;
    let refused = set(&stage, secret.expose(), ANOTHER).await?;
    problem(refused, 404, "not_found").await?;
    let back = "UPDATE users SET state = 'active'; UPDATE password_links SET expires_at = now()";
    stage.database.execute(back).await?;
    let expired = set(&stage, secret.expose(), ANOTHER).await?;
    problem(expired, 404, "not_found").await?;
    sign_in(&stage, "ada@example.org").await?;
    Ok(())
}
