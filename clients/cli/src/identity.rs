//! The commands about who one is, and who else is there.

use clap::Subcommand;

use crate::context::Context;
use crate::failure::Outcome;
use crate::{
    account, invite, login, logout, member, passwd, register, session, team, token, user, whoami,
    workspace,
};

/// Signing in, what is one's own, and people.
#[derive(Debug, Subcommand)]
pub enum IdentityCommand {
    /// Sign in to a gateway, so that every later command knows you.
    ///
    /// With a password, or with a code that you approve in a browser. What is kept is a token of your own, in a file that
    /// only you can read; `mosaic logout` ends it. A gateway that `mosaic up` started on this machine needs none of this.
    Login(login::LoginArgs),
    /// Make an account of your own, where the gateway lets anybody, and sign in with it.
    Register(register::RegisterArgs),
    /// Make the first admin of an installation, and sign in as that.
    ///
    /// Only before anybody is there, from the machine that the gateway runs on, or with the setup code that is configured as
    /// `auth.setup_code`. `mosaic up` does the same by itself.
    Setup(register::SetupArgs),
    /// Sign out: the token that `mosaic login` got is revoked and forgotten.
    Logout(logout::LogoutArgs),
    /// Who you are, in which workspace, and where your token comes from.
    Whoami,
    /// Change your password, or set one with a link.
    Passwd(passwd::PasswdArgs),
    /// Your account: your name, where else you sign in, its end.
    Account(account::AccountArgs),
    /// Your API tokens: list, make, revoke.
    #[command(visible_alias = "tokens")]
    Token(token::TokenArgs),
    /// Where you are signed in with a browser: list, end.
    #[command(visible_alias = "sessions")]
    Session(session::SessionArgs),
    /// Workspaces: list, make, rename, delete, act in another one.
    #[command(visible_alias = "workspaces")]
    Workspace(workspace::WorkspaceArgs),
    /// People of the workspace: list, give roles, remove, leave.
    #[command(visible_alias = "members")]
    Member(member::MemberArgs),
    /// Teams of the workspace, and who is in them.
    #[command(visible_alias = "teams")]
    Team(team::TeamArgs),
    /// Invitations into the workspace: make, list, revoke, accept.
    #[command(visible_alias = "invitations")]
    Invite(invite::InviteArgs),
    /// Everybody with an account. Needs the role owner or admin in the home workspace.
    #[command(visible_alias = "users")]
    User(user::UserArgs),
}

pub(crate) async fn run(context: &Context, command: IdentityCommand) -> Outcome {
    match command {
        IdentityCommand::Login(args) => login::run(context, args).await,
        IdentityCommand::Register(args) => register::register(context, args).await,
        IdentityCommand::Setup(args) => register::setup(context, args).await,
        IdentityCommand::Logout(args) => logout::run(context, args).await,
        IdentityCommand::Passwd(args) => passwd::run(context, args).await,
        IdentityCommand::Account(args) => account::run(context, args).await,
        IdentityCommand::Token(args) => token::run(context, args).await,
        IdentityCommand::Session(args) => session::run(context, args).await,
        IdentityCommand::Workspace(args) => workspace::run(context, args).await,
        IdentityCommand::Member(args) => member::run(context, args).await,
        IdentityCommand::Team(args) => team::run(context, args).await,
        IdentityCommand::Invite(args) => invite::run(context, args).await,
        IdentityCommand::User(args) => user::run(context, args).await,
        IdentityCommand::Whoami => whoami::run(context).await,
    }
}
