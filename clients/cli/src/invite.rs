//! `mosaic invite`.

mod accept;

use clap::{Args, Subcommand};
use mosaic_client::{Client, Invitation, MadeInvitation, NewInvitation};
use mosaic_domain::InvitationId;
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::pages::{every, print};
use crate::render::table::table;
use crate::render::text::{flat, local_time, one_line, time_or};
use crate::team;

/// Arguments of `invite`.
#[derive(Debug, Args)]
pub struct InviteArgs {
    #[command(subcommand)]
    command: InviteCommand,
}

/// What to do with invitations into the workspace.
#[derive(Debug, Subcommand)]
pub(crate) enum InviteCommand {
    /// Make a link with which somebody joins. It goes to standard output, this once. Needs the role owner or admin.
    Create {
        /// For whom alone. Without it: for whoever has the link.
        #[arg(long, value_name = "ADDRESS")]
        email: Option<String>,
        /// The role they get: owner, admin, member or guest.
        #[arg(long, default_value = "member")]
        role: String,
        /// The team they join, by its id or name.
        #[arg(long)]
        team: Option<String>,
        /// For how many days the link holds.
        #[arg(long, value_name = "DAYS")]
        expires_in_days: Option<u32>,
    },
    /// List them. Needs the role owner or admin.
    Ls,
    /// Have one hold no longer.
    Revoke {
        /// Which one.
        id: InvitationId,
    },
    /// Join with a link, as who you are or with a new account, and sign in here.
    Accept(accept::AcceptArgs),
}

pub(crate) async fn run(context: &Context, args: InviteArgs) -> Outcome {
    let output = context.output;
    match args.command {
        InviteCommand::Create {
            email,
            role,
            team,
            expires_in_days,
        } => {
            let client = context.client()?;
            let team = match team {
                Some(team) => Some(team::find(&client, &team).await?.id),
                None => None,
            };
            let new = NewInvitation {
                email,
                role,
                team_id: team,
                expires_in_days,
            };
            tell(output, &client.invite(&new).await?)?;
        }
        InviteCommand::Ls => {
            let all = all(&context.client()?).await?;
            print(output, &all, "no invitations", shown)?;
        }
        InviteCommand::Revoke { id } => {
            context.client()?.revoke_invitation(id).await?;
            if output.json {
                output.document(&json!({"id": id, "revoked": true}))?;
            } else {
                output.say("the link holds no longer");
            }
        }
        InviteCommand::Accept(args) => return accept::run(context, args).await,
    }
    Ok(Exit::Done)
}

async fn all(client: &Client) -> Result<Vec<Invitation>, Failure> {
    every(async |cursor| client.invitations(cursor.as_deref()).await).await
}

fn tell(output: Output, made: &MadeInvitation) -> Result<(), Failure> {
    if output.json {
        output.document(made)?;
        return Ok(());
    }
    output.line(&flat(made.link.expose()))?;
    let about = &made.about;
    let who = about.email.as_deref().unwrap_or("whoever has it");
    output.say(&format!(
        "for {}, who becomes {}, until {}. It is not shown again.",
        flat(who),
        flat(&about.role),
        local_time(about.expires_at)
    ));
    Ok(())
}

fn shown(all: &[Invitation]) -> String {
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|one| {
            vec![
                one.id.to_string(),
                one.email.clone().unwrap_or_else(|| "anybody".to_owned()),
                one.role.clone(),
                one.state.clone(),
                one_line(&one.inviter, 30),
                time_or(one.created_at, "-"),
                local_time(one.expires_at),
            ]
        })
        .collect();
    let header = [
        "INVITATION",
        "FOR",
        "ROLE",
        "STATE",
        "BY",
        "MADE",
        "HOLDS UNTIL",
    ];
    table(&header, &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invitations_are_a_table() {
        let id = "01890000-0000-7000-8000-000000000001";
        let time = "2026-01-02T03:04:05Z";
        let all = serde_json::json!([
            {"id": id, "email": "bob@example.org", "role": "guest", "inviter": "Ada", "createdAt": time, "expiresAt": time,
                "state": "open"},
            {"id": id, "role": "member", "inviter": "Ada", "createdAt": time, "expiresAt": time, "state": "revoked"},
        ]);
        let all: Vec<Invitation> = serde_json::from_value(all).unwrap();
        let text = shown(&all).replace(&local_time(time.parse().unwrap()), "<a time of the day>");
        insta::assert_snapshot!(text, @r"
        INVITATION                            FOR              ROLE    STATE    BY   MADE                 HOLDS UNTIL
        01890000-0000-7000-8000-000000000001  bob@example.org  guest   open     Ada  <a time of the day>  <a time of the day>
        01890000-0000-7000-8000-000000000001  anybody          member  revoked  Ada  <a time of the day>  <a time of the day>
        ");
    }
}
