//! `mosaic workspace`.

use clap::{Args, Subcommand};
use mosaic_client::{Client, Workspace};
use serde_json::json;

use crate::confirm::named;
use crate::connect::Source;
use crate::context::Context;
use crate::credentials::{self, Credentials};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::named::{Named, meant};
use crate::output::Output;
use crate::pages::print;
use crate::render::table::table;
use crate::render::text::{flat, one_line, time_or};

/// Longer names are cut.
const NAME: usize = 40;

/// Arguments of `workspace`.
#[derive(Debug, Args)]
pub struct WorkspaceArgs {
    #[command(subcommand)]
    command: Option<WorkspaceCommand>,
}

/// What to do with workspaces.
#[derive(Debug, Subcommand)]
pub(crate) enum WorkspaceCommand {
    /// List those that you are in (the default).
    Ls,
    /// Make one, of which you are the owner. Needs the role owner or admin in the home workspace.
    Create {
        /// What it is called.
        name: String,
    },
    /// Give one another name. Needs the role owner or admin there.
    Rename {
        /// Which one, by its id or name.
        workspace: String,
        /// What it is called from now on.
        name: String,
    },
    /// Delete one with everything in it: conversations, runs, memories. Needs the role owner there; the home workspace stays.
    Delete {
        /// Which one, by its id or name.
        workspace: String,
        /// Do not ask.
        #[arg(long, short)]
        yes: bool,
    },
    /// Act in another workspace from now on, for which `mosaic login` has stored a token.
    Switch {
        /// Which one, by its id or name.
        workspace: String,
    },
}

impl Named for Workspace {
    const KIND: &'static str = "workspace";
    const LISTED_BY: &'static str = "mosaic workspace ls";

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn name(&self) -> &str {
        &self.name
    }
}

pub(crate) async fn run(context: &Context, args: WorkspaceArgs) -> Outcome {
    let output = context.output;
    match args.command.unwrap_or(WorkspaceCommand::Ls) {
        WorkspaceCommand::Ls => {
            let all = context.client()?.workspaces().await?.items;
            print(output, &all, "you are in no workspace", shown)?;
        }
        WorkspaceCommand::Create { name } => {
            let made = context.client()?.create_workspace(&name).await?;
            if output.json {
                output.document(&made)?;
            } else {
                output.line(&made.id.to_string())?;
                let name = flat(&made.name);
                output.say(&format!(
                    "made {name}; `mosaic login --workspace {name:?}` acts there"
                ));
            }
        }
        WorkspaceCommand::Rename { workspace, name } => {
            let client = context.client()?;
            let workspace = find(&client, &workspace).await?;
            let renamed = client.rename_workspace(workspace.id, &name).await?;
            if output.json {
                output.document(&renamed)?;
            } else {
                let (before, after) = (flat(&workspace.name), flat(&renamed.name));
                output.say(&format!("{before} is called {after} now"));
            }
        }
        WorkspaceCommand::Delete { workspace, yes } => {
            let client = context.client()?;
            let workspace = find(&client, &workspace).await?;
            delete(&client, output, &workspace, yes).await?;
        }
        WorkspaceCommand::Switch { workspace } => switch(context, &workspace).await?,
    }
    Ok(Exit::Done)
}

async fn find(client: &Client, typed: &str) -> Result<Workspace, Failure> {
    meant(client.workspaces().await?.items, typed)
}

async fn delete(
    client: &Client,
    output: Output,
    workspace: &Workspace,
    yes: bool,
) -> Result<(), Failure> {
    let Workspace { id, name, .. } = workspace;
    let question = "The workspace goes with everything in it, everybody's. It cannot be undone.";
    named(
        output,
        yes,
        question,
        name,
        "a workspace goes with everything in it",
    )?;
    client.delete_workspace(*id, name).await?;
    if output.json {
        output.document(&json!({"id": id, "deleted": true}))?;
    } else {
        output.say(&format!("deleted {}", flat(name)));
    }
    Ok(())
}

/// A token acts in one workspace for good, so another one is another token.
async fn switch(context: &Context, typed: &str) -> Result<(), Failure> {
    let file = Credentials::to_write()?;
    let gateway = credentials::address(&context.place()?.url)?;
    let logins = file.read()?.logins(&gateway).to_vec();
    let wanted = typed.trim();
    let mut fits = logins.into_iter().filter(|login| {
        login.workspace_id.to_string().eq_ignore_ascii_case(wanted)
            || login.workspace.eq_ignore_ascii_case(wanted)
    });
    let Some(login) = fits.next() else {
        // Whether it exists at all decides what is to be done.
        if let Ok(client) = context.client() {
            find(&client, wanted).await?;
        }
        let message = format!("there is no token for {} on this machine", flat(wanted));
        let remedy = format!("get one with `mosaic login --workspace {wanted:?}`");
        return Err(Failure::new(Exit::Denied, message).with_remedy(remedy));
    };
    file.change(|stored| stored.switch(&gateway, login.workspace_id))?;
    let output = context.output;
    if output.json {
        output.document(
            &json!({"gateway": gateway, "workspaceId": login.workspace_id,
            "workspace": login.workspace, "user": login.user}),
        )?;
        return Ok(());
    }
    let (workspace, user) = (flat(&login.workspace), flat(&login.user));
    output.say(&format!("acting in {workspace} as {user}"));
    let source = context.target().map(|target| target.source);
    if !matches!(source, Ok(Source::Credentials(_)) | Err(_)) {
        output.say("note: another token counts more here; `mosaic whoami` says which");
    }
    Ok(())
}

fn shown(workspaces: &[Workspace]) -> String {
    let rows: Vec<Vec<String>> = workspaces
        .iter()
        .map(|workspace| {
            let mark = |set: bool, text: &str| if set { text } else { "" }.to_owned();
            vec![
                workspace.id.to_string(),
                one_line(&workspace.name, NAME),
                workspace.role.clone(),
                time_or(workspace.created_at, "-"),
                mark(workspace.home, "home"),
                mark(workspace.current, "this one"),
            ]
        })
        .collect();
    table(&["WORKSPACE", "NAME", "YOUR ROLE", "MADE", "", ""], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::text::local_time;

    #[test]
    fn workspaces_are_a_table() {
        let id = "01890000-0000-7000-8000-000000000001";
        let time = "2026-01-02T03:04:05Z";
        let all = serde_json::json!([
            {"id": id, "name": "home", "role": "owner", "home": true, "current": true, "createdAt": time},
            {"id": id, "name": "Lab", "role": "guest", "createdAt": time},
        ]);
        let all: Vec<Workspace> = serde_json::from_value(all).unwrap();
        let text = shown(&all).replace(&local_time(time.parse().unwrap()), "<a time of the day>");
        insta::assert_snapshot!(text, @r"
        WORKSPACE                             NAME  YOUR ROLE  MADE
        01890000-0000-7000-8000-000000000001  home  owner      <a time of the day>  home  this one
        01890000-0000-7000-8000-000000000001  Lab   guest      <a time of the day>
        ");
    }
}
