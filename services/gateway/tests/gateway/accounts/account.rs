//! People with a password.

use anyhow::Context as _;
use mosaic_identity::hash_password;
use mosaic_storage::{Actor, MadeWith, NewPassword, PasswordChange, PasswordSet};
use reqwest::Response;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::super::stage::{Person, Stage};

/// As long as an answer about a credential is believed, and a little more.
pub(super) const FORGOTTEN: std::time::Duration = std::time::Duration::from_millis(1_100);
/// A password that will do.
pub(super) const PASSWORD: &str = "nine horses under a green moon";

/// Gives somebody an address and a password.
pub(super) async fn with_password(stage: &Stage, who: &Person, email: &str) -> anyhow::Result<()> {
    let hash = hash_password(&SecretString::from(PASSWORD))?;
    let new = NewPassword {
        user_id: who.scope.user_id,
        hash: &hash,
        email: Some(email),
        keep: None,
    };
    let by = Actor {
        workspace_id: who.scope.workspace_id,
        user_id: Some(who.scope.user_id),
        name: "test".to_owned(),
        address: None,
    };
    let login = stage.storage.login(who.scope.user_id).await?;
    let change = PasswordChange {
        made_with: MadeWith::Person,
        since: login.context("nobody")?.password_since,
    };
    let set = stage.storage.set_password(&new, change, &by).await?;
    anyhow::ensure!(set == PasswordSet::Done, "{set:?}");
    Ok(())
}

/// Tries to sign in.
pub(super) async fn try_password(
    stage: &Stage,
    email: &str,
    password: &str,
) -> anyhow::Result<Response> {
    let request = stage.http.post(stage.url("/api/session"));
    let body = json!({"email": email, "password": password});
    Ok(request.json(&body).send().await?)
}

/// The cookie that an answer sets, as a browser would send it back.
pub(super) fn cookie_in(response: &Response) -> anyhow::Result<String> {
    let cookie = response.headers().get("set-cookie").context("no cookie")?;
    let (pair, _) = cookie.to_str()?.split_once(';').context("attributes")?;
    Ok(pair.to_owned())
}

/// Signs in, and returns the cookie and who that is.
pub(super) async fn sign_in(stage: &Stage, email: &str) -> anyhow::Result<(String, Value)> {
    let response = try_password(stage, email, PASSWORD).await?;
    anyhow::ensure!(response.status() == 201, "{}", response.text().await?);
    Ok((cookie_in(&response)?, response.json().await?))
}

/// A token of Ada's that is good for this.
pub(super) async fn token(stage: &Stage, scopes: &[&str]) -> anyhow::Result<String> {
    let body = json!({"name": "a token", "scopes": scopes});
    let made = stage.post("/api/tokens", &body).await?;
    anyhow::ensure!(made.status() == 201, "{}", made.text().await?);
    let made: Value = made.json().await?;
    Ok(made["token"].as_str().context("a token")?.to_owned())
}

/// How often this was written down with this outcome.
pub(super) async fn noted(stage: &Stage, action: &str, outcome: &str) -> anyhow::Result<i64> {
    let count = format!(
        "SELECT count(*) FROM audit_log WHERE action = '{action}' AND outcome = '{outcome}'"
    );
    stage.database.number(&count).await
}
