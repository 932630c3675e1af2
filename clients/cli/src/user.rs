//! `mosaic user`: everybody with an account, for those who look after the installation.

mod change;
mod show;

use clap::{Args, Subcommand};
use mosaic_client::{Client, User, UserQuery};
use mosaic_domain::UserId;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::named::{Named, meant};
use crate::pages::{first, print};

/// How many people are looked through for one that is named.
const LOOKED_THROUGH: u32 = 200;

/// Arguments of `user`.
#[derive(Debug, Args)]
pub struct UserArgs {
    #[command(subcommand)]
    command: Option<UserCommand>,
}

/// What to do with people. Needs the role owner or admin in the home workspace. People are named by their id, address or name.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// List them (the default).
    Ls {
        /// Only those whose name or address has this in it.
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        /// How many at the most.
        #[arg(long, short = 'n', default_value_t = 100, value_name = "COUNT")]
        limit: u32,
    },
    /// Show somebody, and how much is theirs.
    Show {
        /// Who.
        user: String,
    },
    /// Make an account. Without a password there is a link with which they set one; it goes to standard output, this once.
    Create(change::CreateArgs),
    /// Let somebody in no longer, until they are reactivated. Whatever they do ends at once.
    Deactivate(change::WithReason),
    /// The same for somebody who is not to come back.
    Ban(change::WithReason),
    /// Let somebody in again.
    Reactivate {
        /// Who.
        user: String,
    },
    /// End all sessions of somebody, who may sign in again.
    SignOut(change::SignOutArgs),
    /// Make a link with which somebody sets a new password. It goes to standard output, this once.
    PasswordLink {
        /// Who.
        user: String,
    },
    /// Delete somebody with everything that is theirs. It cannot be undone.
    Delete {
        /// Who.
        user: String,
        /// Do not ask.
        #[arg(long, short)]
        yes: bool,
    },
}

impl Named for User {
    const KIND: &'static str = "user";
    const LISTED_BY: &'static str = "mosaic user ls";

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }
}

pub(crate) async fn run(context: &Context, args: UserArgs) -> Outcome {
    let (client, output) = (context.client()?, context.output);
    let usual = UserCommand::Ls {
        search: None,
        limit: 100,
    };
    match args.command.unwrap_or(usual) {
        UserCommand::Ls { search, limit } => {
            let people = list(&client, search, limit).await?;
            print(output, &people, "nobody", show::table_of)?;
        }
        UserCommand::Show { user } => {
            let user = find(&client, &user).await?;
            let user = client.user(user.id).await?;
            if output.json {
                output.document(&user)?;
            } else {
                output.raw(&show::one(&user))?;
            }
        }
        UserCommand::Create(args) => change::create(&client, output, args).await?,
        UserCommand::Deactivate(args) => change::deactivate(&client, output, args).await?,
        UserCommand::Ban(args) => change::ban(&client, output, args).await?,
        UserCommand::Reactivate { user } => change::reactivate(&client, output, &user).await?,
        UserCommand::SignOut(args) => change::sign_out(&client, output, args).await?,
        UserCommand::PasswordLink { user } => change::link(&client, output, &user).await?,
        UserCommand::Delete { user, yes } => change::delete(&client, output, &user, yes).await?,
    }
    Ok(Exit::Done)
}

async fn list(client: &Client, search: Option<String>, limit: u32) -> Result<Vec<User>, Failure> {
    first(limit, async |limit, cursor| {
        let search = search.clone();
        let query = UserQuery {
            search,
            limit,
            cursor,
        };
        client.users(&query).await
    })
    .await
}

/// An id is asked for itself; everything else is searched for.
async fn find(client: &Client, typed: &str) -> Result<User, Failure> {
    let typed = typed.trim();
    if let Ok(id) = typed.parse::<UserId>() {
        return Ok(client.user(id).await?);
    }
    let found = list(client, Some(typed.to_owned()), LOOKED_THROUGH).await?;
    meant(found, typed)
}
