//! `mosaic register` and `mosaic setup`: an account of one's own, and the first one of an installation.

use clap::Args;
use mosaic_client::{Client, ClientOptions, FirstAccount, NewAccount};

use crate::context::Context;
use crate::credentials::{self, Credentials};
use crate::failure::{Failure, Outcome};
use crate::login::{self, Got};
use crate::output::Output;
use crate::typed;

/// Arguments of `register`.
#[derive(Debug, Args)]
pub struct RegisterArgs {
    /// What you are called. Without it you are asked.
    #[arg(long)]
    name: Option<String>,
    /// Your address. Without it you are asked.
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// Read the password from standard input.
    #[arg(long)]
    password_stdin: bool,
}

/// Arguments of `setup`.
#[derive(Debug, Args)]
pub struct SetupArgs {
    #[command(flatten)]
    account: RegisterArgs,
    /// What the first workspace is called.
    #[arg(long)]
    workspace: Option<String>,
    /// Read the setup code from standard input, on a line before the password. From another machine it is needed.
    #[arg(long)]
    code_stdin: bool,
}

pub(crate) async fn register(context: &Context, args: RegisterArgs) -> Outcome {
    let (file, gateway, public) = place(context)?;
    let account = account(context.output, args)?;
    let got = login::of_session(public.register(&account).await?, None).await?;
    login::keep(context, &file, &gateway, got).await
}

pub(crate) async fn setup(context: &Context, args: SetupArgs) -> Outcome {
    let (file, gateway, public) = place(context)?;
    let code = args.code_stdin.then(|| typed::piped("setup code"));
    let first = FirstAccount {
        code: code.transpose()?,
        account: account(context.output, args.account)?,
        workspace: args.workspace,
    };
    let made = public.set_up(&first).await?;
    let got = Got {
        token: made.token,
        token_id: None,
        me: made.me,
    };
    login::keep(context, &file, &gateway, got).await
}

/// Where the token is kept, and the gateway as somebody sees it who is not known there.
fn place(context: &Context) -> Result<(Credentials, String, Client), Failure> {
    let file = Credentials::to_write()?;
    file.check()?;
    let gateway = credentials::address(&context.place()?.url)?;
    let public = Client::new(ClientOptions::new(&gateway, None))?;
    login::warn_of_plain_http(context.output, &public);
    Ok((file, gateway, public))
}

fn account(output: Output, args: RegisterArgs) -> Result<NewAccount, Failure> {
    let RegisterArgs {
        name,
        email,
        password_stdin,
    } = args;
    Ok(NewAccount {
        name: typed::given_or_asked(output, name, "--name", "Your name:")?,
        email: typed::given_or_asked(output, email, "--email", "Your email:")?,
        password: typed::password(output, password_stdin, "password", typed::new_password)?,
    })
}
