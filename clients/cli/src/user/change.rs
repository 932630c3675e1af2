//! What changes for somebody.

use clap::Args;
use mosaic_client::{Client, NewUser, Secret, User};
use serde_json::json;

use super::find;
use crate::confirm::{agreed, named};
use crate::failure::Failure;
use crate::output::Output;
use crate::render::text::{flat, local_time};
use crate::typed;

/// Arguments of `user create`.
#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// Their address.
    email: String,
    /// What they are called.
    #[arg(long)]
    name: String,
    /// Their role in the home workspace: owner, admin, member or guest.
    #[arg(long, default_value = "member")]
    role: String,
    /// Read their password from standard input.
    #[arg(long)]
    password_stdin: bool,
}

/// Arguments of `user sign-out`.
#[derive(Debug, Args)]
pub(crate) struct SignOutArgs {
    /// Who.
    user: String,
    /// Revoke their tokens as well.
    #[arg(long)]
    tokens: bool,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
}

/// Arguments of what is done to somebody for a reason.
#[derive(Debug, Args)]
pub(crate) struct WithReason {
    /// Who.
    user: String,
    /// Why; written down.
    #[arg(long)]
    reason: String,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
}

pub(super) async fn create(
    client: &Client,
    output: Output,
    args: CreateArgs,
) -> Result<(), Failure> {
    let CreateArgs {
        email,
        name,
        role,
        password_stdin,
    } = args;
    let password = password_stdin.then(|| typed::piped("password"));
    let new = NewUser {
        name,
        email,
        role,
        password: password.transpose()?,
    };
    let made = client.create_user(&new).await?;
    if output.json {
        output.document(&made)?;
        return Ok(());
    }
    let name = flat(&made.user.name);
    match &made.link {
        Some(link) => {
            output.line(&flat(link.expose()))?;
            output.say(&format!(
                "made {name}; the link sets their password, once. It is not shown again."
            ));
        }
        None => output.say(&format!("made {name}")),
    }
    Ok(())
}

pub(super) async fn deactivate(
    client: &Client,
    output: Output,
    args: WithReason,
) -> Result<(), Failure> {
    let user = find(client, &args.user).await?;
    let question = format!("Deactivate {}? {ENDS}", told(&user));
    agreed(output, args.yes, &question, BECAUSE)?;
    client.deactivate_user(user.id, &args.reason).await?;
    done(output, &user, "deactivated", "is let in no longer")
}

pub(super) async fn ban(client: &Client, output: Output, args: WithReason) -> Result<(), Failure> {
    let user = find(client, &args.user).await?;
    let question = format!("Ban {}? {ENDS}", told(&user));
    agreed(output, args.yes, &question, BECAUSE)?;
    client.ban_user(user.id, &args.reason).await?;
    done(output, &user, "banned", "is banned")
}

const ENDS: &str = "Their sessions, tokens, connections and runs end at once.";
const BECAUSE: &str = "whatever they do ends at once";

pub(super) async fn reactivate(client: &Client, output: Output, user: &str) -> Result<(), Failure> {
    let user = find(client, user).await?;
    client.reactivate_user(user.id).await?;
    done(output, &user, "active", "is let in again")
}

pub(super) async fn sign_out(
    client: &Client,
    output: Output,
    args: SignOutArgs,
) -> Result<(), Failure> {
    let SignOutArgs { user, tokens, yes } = args;
    let user = find(client, &user).await?;
    let tokens_too = if tokens { " and revoke all tokens" } else { "" };
    let question = format!("End all sessions{tokens_too} of {}?", told(&user));
    agreed(output, yes, &question, "they have to sign in again")?;
    client.sign_user_out(user.id, tokens).await?;
    done(output, &user, "signed_out", "is signed out everywhere")
}

pub(super) async fn link(client: &Client, output: Output, user: &str) -> Result<(), Failure> {
    let user = find(client, user).await?;
    let made = client.password_link(user.id).await?;
    if output.json {
        output.document(&made)?;
        return Ok(());
    }
    let link: &Secret = &made.link;
    output.line(&flat(link.expose()))?;
    let until = made.expires_at.map(local_time);
    let until = until.map_or_else(String::new, |time| format!(", until {time}"));
    output.say(&format!(
        "sets the password of {}, once{until}. It is not shown again.",
        told(&user)
    ));
    Ok(())
}

pub(super) async fn delete(
    client: &Client,
    output: Output,
    user: &str,
    yes: bool,
) -> Result<(), Failure> {
    let user = find(client, user).await?;
    let confirm = user.email.as_deref().unwrap_or(&user.name);
    let question = "Everything of theirs goes: conversations, runs, memories. It cannot be undone.";
    named(output, yes, question, confirm, "everything of theirs goes")?;
    client.delete_user(user.id, confirm).await?;
    done(output, &user, "deleted", "is deleted")
}

fn told(user: &User) -> String {
    let name = flat(&user.name);
    match &user.email {
        Some(email) => format!("{name} <{}>", flat(email)),
        None => name,
    }
}

fn done(output: Output, user: &User, state: &str, said: &str) -> Result<(), Failure> {
    if output.json {
        output.document(&json!({"id": user.id, "state": state}))?;
    } else {
        output.say(&format!("{} {said}", told(user)));
    }
    Ok(())
}
