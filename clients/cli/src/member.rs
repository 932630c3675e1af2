//! `mosaic member`.

use clap::{Args, Subcommand};
use mosaic_client::{Client, Me, Member};
use serde_json::json;

use crate::confirm::agreed;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::named::{Named, meant};
use crate::output::Output;
use crate::pages::{every, print};
use crate::render::table::table;
use crate::render::text::{flat, one_line, time_or};

/// Longer names are cut.
const NAME: usize = 30;

/// Arguments of `member`.
#[derive(Debug, Args)]
pub struct MemberArgs {
    #[command(subcommand)]
    command: Option<MemberCommand>,
}

/// What to do with the people of the workspace. People are named by their id, address or name.
#[derive(Debug, Subcommand)]
pub(crate) enum MemberCommand {
    /// List them with their roles (the default).
    Ls,
    /// Give somebody another role. Nobody gives or takes what is above their own.
    Role {
        /// Who.
        member: String,
        /// owner, admin, member or guest.
        role: String,
    },
    /// Have somebody be in the workspace no longer. What they are doing there ends at once.
    Remove {
        /// Who.
        member: String,
        /// Do not ask.
        #[arg(long, short)]
        yes: bool,
    },
    /// Leave the workspace yourself.
    Leave {
        /// Do not ask.
        #[arg(long, short)]
        yes: bool,
    },
}

impl Named for Member {
    const KIND: &'static str = "member";
    const LISTED_BY: &'static str = "mosaic member ls";

    fn id(&self) -> String {
        self.user_id.to_string()
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }
}

/// Everybody in the workspace.
pub(crate) async fn all(client: &Client) -> Result<Vec<Member>, Failure> {
    every(async |cursor| client.members(cursor.as_deref()).await).await
}

/// Somebody in the workspace.
pub(crate) async fn find(client: &Client, typed: &str) -> Result<Member, Failure> {
    meant(all(client).await?, typed)
}

pub(crate) async fn run(context: &Context, args: MemberArgs) -> Outcome {
    let (client, output) = (context.client()?, context.output);
    match args.command.unwrap_or(MemberCommand::Ls) {
        MemberCommand::Ls => print(output, &all(&client).await?, "nobody is here", shown)?,
        MemberCommand::Role { member, role } => {
            let member = find(&client, &member).await?;
            let changed = client.change_role(member.user_id, &role).await?;
            if output.json {
                output.document(&changed)?;
            } else {
                let (name, role) = (flat(&changed.name), flat(&changed.role));
                output.say(&format!("{name} is {role} now"));
            }
        }
        MemberCommand::Remove { member, yes } => {
            let member = find(&client, &member).await?;
            let name = flat(&member.name);
            let question = format!("Remove {name} from the workspace? What they are doing ends.");
            agreed(output, yes, &question, "who is removed has no way back in")?;
            client.remove_member(member.user_id).await?;
            removed(
                output,
                &member.id(),
                &format!("{name} is in the workspace no longer"),
            )?;
        }
        MemberCommand::Leave { yes } => {
            let Me {
                user_id, workspace, ..
            } = client.me().await?;
            let name = workspace.map_or_else(|| "the workspace".to_owned(), |name| flat(&name));
            let question = format!("Leave {name}? What you are doing there ends.");
            agreed(output, yes, &question, "who leaves has no way back in")?;
            client.remove_member(user_id).await?;
            removed(
                output,
                &user_id.to_string(),
                &format!("you have left {name}"),
            )?;
        }
    }
    Ok(Exit::Done)
}

fn removed(output: Output, id: &str, said: &str) -> Result<(), Failure> {
    if output.json {
        output.document(&json!({"userId": id, "removed": true}))?;
    } else {
        output.say(said);
    }
    Ok(())
}

fn shown(members: &[Member]) -> String {
    let rows: Vec<Vec<String>> = members
        .iter()
        .map(|member| {
            let teams: Vec<&str> = member.teams.iter().map(|team| team.name.as_str()).collect();
            vec![
                member.user_id.to_string(),
                one_line(&member.name, NAME),
                member.email.clone().unwrap_or_else(|| "-".to_owned()),
                member.role.clone(),
                member.state.clone(),
                time_or(member.created_at, "-"),
                one_line(&teams.join(", "), NAME),
            ]
        })
        .collect();
    let header = ["USER", "NAME", "EMAIL", "ROLE", "STATE", "SINCE", "TEAMS"];
    table(&header, &rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::text::local_time;

    #[test]
    fn members_are_a_table() {
        let id = "01890000-0000-7000-8000-000000000001";
        let time = "2026-01-02T03:04:05Z";
        let all = serde_json::json!([
            {"userId": id, "name": "Ada", "email": "ada@example.org", "role": "owner", "state": "active",
                "createdAt": time, "teams": [{"id": id, "name": "Roses", "role": "owner"},
                    {"id": id, "name": "Beans", "role": "member"}]},
            {"userId": id, "name": "Bob", "role": "guest", "state": "deactivated", "createdAt": time},
        ]);
        let all: Vec<Member> = serde_json::from_value(all).unwrap();
        let text = shown(&all).replace(&local_time(time.parse().unwrap()), "<a time of the day>");
        insta::assert_snapshot!(text, @r"
        USER                                  NAME  EMAIL            ROLE   STATE        SINCE                TEAMS
        01890000-0000-7000-8000-000000000001  Ada   ada@example.org  owner  active       <a time of the day>  Roses, Beans
        01890000-0000-7000-8000-000000000001  Bob   -                guest  deactivated  <a time of the day>
        ");
    }
}
