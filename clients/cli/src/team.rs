//! `mosaic team`.

use clap::{Args, Subcommand};
use mosaic_client::{Client, Team};
use mosaic_domain::UserId;
use serde_json::json;

use crate::confirm::agreed;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::member;
use crate::named::{Named, meant};
use crate::output::Output;
use crate::pages::{every, print};
use crate::render::table::table;
use crate::render::text::{flat, one_line, time_or};

/// Longer names are cut.
const NAME: usize = 40;

/// Arguments of `team`.
#[derive(Debug, Args)]
pub struct TeamArgs {
    #[command(subcommand)]
    command: Option<TeamCommand>,
}

/// What to do with teams. Teams are named by their id or name, people by their id, address or name.
#[derive(Debug, Subcommand)]
pub(crate) enum TeamCommand {
    /// List the teams of the workspace (the default).
    Ls,
    /// Show who is in one.
    Show {
        /// Which one.
        team: String,
    },
    /// Make one. Needs the role owner or admin.
    Create {
        /// What it is called.
        name: String,
    },
    /// Give one another name.
    Rename {
        /// Which one.
        team: String,
        /// What it is called from now on.
        name: String,
    },
    /// Delete one. Its people stay in the workspace.
    Delete {
        /// Which one.
        team: String,
        /// Do not ask.
        #[arg(long, short)]
        yes: bool,
    },
    /// Have somebody of the workspace be in one.
    Add {
        /// Which one.
        team: String,
        /// Who.
        member: String,
        /// owner, admin or member.
        #[arg(long, default_value = "member")]
        role: String,
    },
    /// Give somebody another role in one.
    Role {
        /// Which one.
        team: String,
        /// Who.
        member: String,
        /// owner, admin or member.
        role: String,
    },
    /// Have somebody be in one no longer.
    Remove {
        /// Which one.
        team: String,
        /// Who.
        member: String,
    },
}

impl Named for Team {
    const KIND: &'static str = "team";
    const LISTED_BY: &'static str = "mosaic team ls";

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn name(&self) -> &str {
        &self.name
    }
}

async fn all(client: &Client) -> Result<Vec<Team>, Failure> {
    every(async |cursor| client.teams(cursor.as_deref()).await).await
}

/// A team of the workspace.
pub(crate) async fn find(client: &Client, typed: &str) -> Result<Team, Failure> {
    meant(all(client).await?, typed)
}

pub(crate) async fn run(context: &Context, args: TeamArgs) -> Outcome {
    let (client, output) = (context.client()?, context.output);
    match args.command.unwrap_or(TeamCommand::Ls) {
        TeamCommand::Ls => print(output, &all(&client).await?, "no teams", shown)?,
        TeamCommand::Show { team } => {
            let team = find(&client, &team).await?;
            let team = client.team(team.id).await?;
            if output.json {
                output.document(&team)?;
            } else {
                output.raw(&people(&team))?;
            }
        }
        TeamCommand::Create { name } => {
            let made = client.create_team(&name).await?;
            if output.json {
                output.document(&made)?;
            } else {
                output.line(&made.id.to_string())?;
                output.say(&format!("made {}", flat(&made.name)));
            }
        }
        TeamCommand::Rename { team, name } => {
            let team = find(&client, &team).await?;
            let renamed = client.rename_team(team.id, &name).await?;
            if output.json {
                output.document(&renamed)?;
            } else {
                let (before, after) = (flat(&team.name), flat(&renamed.name));
                output.say(&format!("{before} is called {after} now"));
            }
        }
        TeamCommand::Delete { team, yes } => delete(&client, output, &team, yes).await?,
        TeamCommand::Add { team, member, role } | TeamCommand::Role { team, member, role } => {
            let team = find(&client, &team).await?;
            let member = member::find(&client, &member).await?;
            client.put_in_team(team.id, member.user_id, &role).await?;
            let said = format!("{} is {} of {}", member.name, role, team.name);
            changed(output, &team, member.user_id, Some(&role), &said)?;
        }
        TeamCommand::Remove { team, member } => {
            let team = find(&client, &team).await?;
            // Who is in a team is in the workspace, whose list knows addresses as well.
            let user = member::find(&client, &member).await?.user_id;
            client.remove_from_team(team.id, user).await?;
            let said = format!("removed from {}", team.name);
            changed(output, &team, user, None, &said)?;
        }
    }
    Ok(Exit::Done)
}

fn changed(
    output: Output,
    team: &Team,
    user: UserId,
    role: Option<&str>,
    said: &str,
) -> Result<(), Failure> {
    if output.json {
        output.document(&json!({"teamId": team.id, "userId": user, "role": role}))?;
    } else {
        output.say(&flat(said));
    }
    Ok(())
}

async fn delete(client: &Client, output: Output, team: &str, yes: bool) -> Result<(), Failure> {
    let team = find(client, team).await?;
    let name = flat(&team.name);
    let question = format!("Delete the team {name}?");
    agreed(output, yes, &question, "a team that is deleted is gone")?;
    client.delete_team(team.id).await?;
    if output.json {
        output.document(&json!({"id": team.id, "deleted": true}))?;
    } else {
        output.say(&format!("deleted {name}"));
    }
    Ok(())
}

fn shown(teams: &[Team]) -> String {
    let rows: Vec<Vec<String>> = teams
        .iter()
        .map(|team| {
            vec![
                team.id.to_string(),
                one_line(&team.name, NAME),
                team.members.len().to_string(),
                time_or(team.created_at, "-"),
            ]
        })
        .collect();
    table(&["TEAM", "NAME", "PEOPLE", "MADE"], &rows)
}

fn people(team: &Team) -> String {
    let rows: Vec<Vec<String>> = team
        .members
        .iter()
        .map(|member| {
            vec![
                member.user_id.to_string(),
                one_line(&member.name, NAME),
                member.role.clone(),
            ]
        })
        .collect();
    table(&["USER", "NAME", "ROLE"], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::text::local_time;

    #[test]
    fn teams_and_their_people_are_tables() {
        let id = "01890000-0000-7000-8000-000000000001";
        let time = "2026-01-02T03:04:05Z";
        let all = serde_json::json!([{"id": id, "name": "Roses", "createdAt": time,
            "members": [{"userId": id, "name": "Ada", "role": "owner"}, {"userId": id, "name": "Bob", "role": "member"}]}]);
        let all: Vec<Team> = serde_json::from_value(all).unwrap();
        let text = shown(&all).replace(&local_time(time.parse().unwrap()), "<a time of the day>");
        insta::assert_snapshot!(text + &people(&all[0]), @r"
        TEAM                                  NAME   PEOPLE  MADE
        01890000-0000-7000-8000-000000000001  Roses  2       <a time of the day>
        USER                                  NAME  ROLE
        01890000-0000-7000-8000-000000000001  Ada   owner
        01890000-0000-7000-8000-000000000001  Bob   member
        ");
    }
}
