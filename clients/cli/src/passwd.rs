//! `mosaic passwd`: another password, or one after it was forgotten.

use clap::Args;
use mosaic_client::{Client, ClientOptions, PasswordChange, Secret};
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::link::Link;
use crate::login;
use crate::output::Output;
use crate::typed;

/// Arguments of `passwd`.
#[derive(Debug, Args)]
pub struct PasswdArgs {
    /// Set the password with a link that an admin made for you, instead of with the one you have. `-`: it is asked for, or read
    /// from standard input, where no process list shows it.
    #[arg(long, value_name = "LINK")]
    link: Option<String>,
    /// The address to sign in with, where your account has none yet.
    #[arg(long, value_name = "ADDRESS", conflicts_with = "link")]
    email: Option<String>,
    /// Read from standard input: a line with the present password where there is one, and one with the new password.
    #[arg(long)]
    password_stdin: bool,
}

pub(crate) async fn run(context: &Context, args: PasswdArgs) -> Outcome {
    let output = context.output;
    match args.link {
        Some(link) => with_link(context, &link, args.password_stdin).await?,
        None => change(context, args.email, args.password_stdin).await?,
    }
    if output.json {
        output.document(&json!({"changed": true}))?;
    } else {
        output.say("the password is set; every other session has ended");
    }
    Ok(Exit::Done)
}

async fn change(context: &Context, email: Option<String>, from_stdin: bool) -> Result<(), Failure> {
    let (client, output) = (context.client()?, context.output);
    let me = client.me().await?;
    let has_one = me.has_password;
    let email = match (email, me.email) {
        (None, None) => Some(typed::given_or_asked(
            output,
            None,
            "--email",
            "Your email:",
        )?),
        (given, _) => given,
    };
    let ask = |output| typed::secret(output, "Present password:");
    let current = has_one.then(|| typed::password(output, from_stdin, "present password", ask));
    let current = current.transpose()?;
    let new = new(output, from_stdin)?;
    let change = PasswordChange {
        current,
        new,
        email,
    };
    Ok(client.set_password(&change).await?)
}

async fn with_link(context: &Context, link: &str, from_stdin: bool) -> Result<(), Failure> {
    let Link { gateway, secret } = Link::given(context.output, link)?;
    let gateway = match gateway {
        Some(gateway) => gateway,
        None => context.place()?.url,
    };
    let (client, output) = (
        Client::new(ClientOptions::new(gateway, None))?,
        context.output,
    );
    login::warn_of_plain_http(output, &client);
    if !output.json {
        // The link may be anybody's.
        output.say(&format!("the link sets a password at {}", client.url()));
    }
    let new = new(output, from_stdin)?;
    Ok(client.use_password_link(&secret, &new).await?)
}

fn new(output: Output, from_stdin: bool) -> Result<Secret, Failure> {
    typed::password(output, from_stdin, "new password", typed::new_password)
}
