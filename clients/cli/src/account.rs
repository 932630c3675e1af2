//! `mosaic account`: what is one's own.

use clap::{Args, Subcommand};
use mosaic_client::Identity;
use mosaic_domain::OidcIdentityId;
use serde_json::json;

use crate::confirm::named;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::pages::print;
use crate::render::table::table;
use crate::render::text::{flat, time_or};

/// Arguments of `account`.
#[derive(Debug, Args)]
pub struct AccountArgs {
    #[command(subcommand)]
    command: AccountCommand,
}

/// What to do with your account.
#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Be called something else.
    Rename {
        /// What.
        name: String,
    },
    /// List where else you sign in. On the web page more are linked.
    Identities,
    /// Unlink one of those.
    Unlink {
        /// Which one.
        id: OidcIdentityId,
    },
    /// Delete your account with everything that is yours. It cannot be undone.
    Delete {
        /// Do not ask.
        #[arg(long, short)]
        yes: bool,
    },
}

pub(crate) async fn run(context: &Context, args: AccountArgs) -> Outcome {
    let (client, output) = (context.client()?, context.output);
    match args.command {
        AccountCommand::Rename { name } => {
            let me = client.rename_me(&name).await?;
            if output.json {
                output.document(&me)?;
            } else {
                let name = me.name.as_deref().map(flat).unwrap_or_default();
                output.say(&format!("you are called {name} now"));
            }
        }
        AccountCommand::Identities => {
            let all = client.identities().await?.items;
            print(output, &all, "you sign in nowhere else", shown)?;
        }
        AccountCommand::Unlink { id } => {
            client.unlink_identity(id).await?;
            if output.json {
                output.document(&json!({"id": id, "unlinked": true}))?;
            } else {
                output.say("unlinked; who signs in there is not you any more");
            }
        }
        AccountCommand::Delete { yes } => {
            let me = client.me().await?;
            let confirm = me.email.or(me.name).unwrap_or_default();
            let question =
                "Everything of yours goes: conversations, runs, memories. It cannot be undone.";
            named(output, yes, question, &confirm, "everything of yours goes")?;
            client.delete_me(&confirm).await?;
            if output.json {
                output.document(&json!({"id": me.user_id, "deleted": true}))?;
            } else {
                output.say("your account is deleted; `mosaic logout --local` forgets its token");
            }
        }
    }
    Ok(Exit::Done)
}

fn shown(all: &[Identity]) -> String {
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|one| {
            vec![
                one.id.to_string(),
                one.label.clone().unwrap_or_else(|| one.provider.clone()),
                one.email.clone().unwrap_or_else(|| "-".to_owned()),
                time_or(one.created_at, "-"),
                time_or(one.last_login_at, "never"),
            ]
        })
        .collect();
    table(&["IDENTITY", "AT", "EMAIL", "LINKED", "LAST USED"], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::text::local_time;

    #[test]
    fn identities_are_a_table() {
        let id = "01890000-0000-7000-8000-000000000001";
        let time = "2026-01-02T03:04:05Z";
        let all = serde_json::json!([
            {"id": id, "provider": "keycloak", "label": "The office", "email": "ada@example.org", "createdAt": time},
            {"id": id, "provider": "github", "createdAt": time, "lastLoginAt": time},
        ]);
        let all: Vec<Identity> = serde_json::from_value(all).unwrap();
        let text = shown(&all).replace(&local_time(time.parse().unwrap()), "<a time of the day>");
        insta::assert_snapshot!(text, @r"
        IDENTITY                              AT          EMAIL            LINKED               LAST USED
        01890000-0000-7000-8000-000000000001  The office  ada@example.org  <a time of the day>  never
        01890000-0000-7000-8000-000000000001  github      -                <a time of the day>  <a time of the day>
        ");
    }
}
