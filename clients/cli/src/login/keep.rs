//! Keeping a token that was got, and saying what that means for later commands.

use mosaic_client::{Client, ClientOptions, NewToken, SignedIn};
use serde_json::json;

use super::{Got, token_name};
use crate::connect::Source;
use crate::context::Context;
use crate::credentials::{self, Credentials, Login};
use crate::data_folder;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::render::text::printable;

/// A token of whoever began the session, which then ends.
pub(crate) async fn of_session(
    signed: SignedIn,
    expires_in_days: Option<u32>,
) -> Result<Got, Failure> {
    let SignedIn { client, me } = signed;
    let made = client
        .create_token(&NewToken {
            name: token_name(),
            // As much as its person, which is what a login is for.
            scopes: vec!["admin".to_owned()],
            expires_in_days,
        })
        .await;
    // It ends by itself, too.
    drop(client.end_session().await);
    let made = made?;
    Ok(Got {
        token: made.token,
        token_id: Some(made.about.id),
        me,
    })
}

/// Stores the token in the place of the one that was there before, which is revoked.
pub(crate) async fn keep(
    context: &Context,
    file: &Credentials,
    gateway: &str,
    got: Got,
) -> Outcome {
    let Got {
        token,
        token_id,
        me,
    } = got;
    let user = me.name.clone().unwrap_or_else(|| me.user_id.to_string());
    let workspace = me.workspace.clone();
    let workspace = workspace.unwrap_or_else(|| me.workspace_id.to_string());
    #[expect(
        clippy::disallowed_methods,
        reason = "when a token was stored is for people to read"
    )]
    let stored_at = chrono::Utc::now();
    let login = Login {
        workspace_id: me.workspace_id,
        workspace: workspace.clone(),
        user_id: me.user_id,
        user: user.clone(),
        token,
        token_id,
        stored_at,
    };
    let token = login.token.clone();
    let before = file.change(|stored| stored.put(gateway, login))?;
    if let Some(before) = before.filter(|before| before.token.expose() != token.expose()) {
        revoke(&before, gateway).await;
    }
    let output = context.output;
    if output.json {
        let path = file.path().display().to_string();
        output.document(&json!({"state": "done", "gateway": gateway, "userId": me.user_id, "user": user,
            "workspaceId": me.workspace_id, "workspace": workspace, "role": me.role, "tokenId": token_id,
            "storedIn": path}))?;
        return Ok(Exit::Done);
    }
    let (user, workspace) = (printable(&user), printable(&workspace));
    let role = me.role.as_deref().map(printable).unwrap_or_default();
    output.say(&format!(
        "signed in to {gateway} as {user}, {role} of {workspace}"
    ));
    output.say(&format!("the token lies in {}", file.path().display()));
    advise(context, gateway);
    Ok(Exit::Done)
}

/// The token from before; with itself, so that nobody else's is touched. That it is of no use any more is no failure.
async fn revoke(before: &Login, gateway: &str) {
    let options = ClientOptions::new(gateway, Some(before.token.clone().into_inner()));
    if let (Ok(client), Some(id)) = (Client::new(options), before.token_id) {
        drop(client.revoke_token(id).await);
    }
}

/// Says where later commands go after all, if not here.
fn advise(context: &Context, gateway: &str) {
    let output = context.output;
    match context.target().map(|target| target.source) {
        Ok(Source::Flag | Source::Configuration) => output.say(
            "note: client.token or MOSAIC_CLIENT__TOKEN is set, and counts more than what was stored",
        ),
        Ok(Source::DataFolder(path)) => {
            let path = path.display();
            output.say(&format!(
                "note: without --url the token of the installation in {path} counts more; add --url {gateway}"
            ));
        }
        _ => elsewhere(context, gateway),
    }
}

/// A gateway that was named this once is not the one that is meant without a name, where one was started here.
fn elsewhere(context: &Context, gateway: &str) {
    if context.globals.url.is_none() || context.config.client.url.is_some() {
        return;
    }
    let folder = data_folder::find(&context.config);
    let local = folder.and_then(|folder| folder.remembered());
    let local = local.and_then(|found| credentials::address(&found.url()).ok());
    if let Some(local) = local.filter(|local| local != gateway) {
        context.output.say(&format!(
            "note: commands without --url go to {local}, which was started on this machine"
        ));
    }
}
