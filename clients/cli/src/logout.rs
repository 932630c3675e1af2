//! `mosaic logout`: the token that `mosaic login` stored is revoked and forgotten.

use clap::Args;
use mosaic_client::{Client, ClientOptions, Error};
use mosaic_domain::TokenId;
use serde_json::json;

use crate::confirm::agreed;
use crate::context::Context;
use crate::credentials::{self, Credentials, Login};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::render::text::printable;

/// Arguments of `logout`.
#[derive(Debug, Args)]
pub struct LogoutArgs {
    /// End all your sessions and revoke all your tokens, wherever they are in use.
    #[arg(long)]
    everywhere: bool,
    /// Only forget the token here. It stays good until it is revoked elsewhere.
    #[arg(long, conflicts_with = "everywhere")]
    local: bool,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
}

pub(crate) async fn run(context: &Context, args: LogoutArgs) -> Outcome {
    let file = Credentials::to_write()?;
    let gateway = credentials::address(&context.place()?.url)?;
    let login = file.read()?.login(&gateway).cloned();
    let Some(login) = login else {
        return Err(nothing(&gateway));
    };
    let output = context.output;
    let options = ClientOptions::new(&gateway, Some(login.token.clone().into_inner()));
    let client = Client::new(options)?;
    let user = printable(&login.user);
    if args.everywhere {
        let question = format!("End every session and revoke every token of {user} at {gateway}?");
        agreed(
            output,
            args.yes,
            &question,
            "whatever uses them stops working",
        )?;
        gone(client.end_sessions(true).await.map(drop))?;
        file.change(|stored| stored.forget_person(&gateway, login.user_id))?;
    } else {
        if !args.local {
            revoke(&client, &login).await?;
        }
        file.change(|stored| stored.forget(&gateway, login.workspace_id))?;
    }
    if output.json {
        output.document(&json!({"gateway": gateway, "userId": login.user_id,
            "workspaceId": login.workspace_id, "everywhere": args.everywhere, "revoked": !args.local}))?;
    } else if args.everywhere {
        output.say(&format!("{user} is signed out of {gateway} everywhere"));
    } else {
        let workspace = printable(&login.workspace);
        output.say(&format!("signed out of {workspace} at {gateway}"));
    }
    Ok(Exit::Done)
}

fn nothing(gateway: &str) -> Failure {
    let message = format!("`mosaic login` has stored no token for {gateway}");
    Failure::new(Exit::NotFound, message).with_remedy(
        "`mosaic whoami` says where a token comes from; `mosaic token revoke` ends any",
    )
}

async fn revoke(client: &Client, login: &Login) -> Result<(), Failure> {
    let id = match login.token_id {
        Some(id) => Some(id),
        None => match client.tokens().await {
            Ok(tokens) => current(tokens.items),
            Err(error) if is_gone(&error) => None,
            Err(error) => return Err(stays(error)),
        },
    };
    match id {
        Some(id) => gone(client.revoke_token(id).await),
        None => Ok(()),
    }
}

fn current(tokens: Vec<mosaic_client::Token>) -> Option<TokenId> {
    let mut tokens = tokens.into_iter();
    tokens.find(|one| one.current).map(|one| one.id)
}

/// What was revoked before is as good as revoked now.
fn gone(answer: Result<(), Error>) -> Result<(), Failure> {
    match answer {
        Err(error) if is_gone(&error) => Ok(()),
        Err(error) => Err(stays(error)),
        Ok(()) => Ok(()),
    }
}

fn is_gone(error: &Error) -> bool {
    matches!(error, Error::Refused(problem) if matches!(problem.status, 401 | 404))
}

fn stays(error: Error) -> Failure {
    let failure: Failure = error.into();
    failure.with_remedy(
        "the token stays here until it is revoked; `mosaic logout --local` only forgets it",
    )
}
