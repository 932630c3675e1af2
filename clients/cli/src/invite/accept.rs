//! `mosaic invite accept`: whoever takes an invitation is signed in here afterwards.

use clap::Args;
use mosaic_client::{Acceptor, Client, ClientOptions, InvitationLook, Secret};

use crate::context::Context;
use crate::credentials::{self, Credentials};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::link::Link;
use crate::login;
use crate::output::Output;
use crate::render::text::flat;
use crate::typed;

/// Arguments of `invite accept`.
#[derive(Debug, Args)]
pub(crate) struct AcceptArgs {
    /// The link, or what stands behind its `#`. `-`: it is asked for, or read from standard input, where no process list shows it.
    link: String,
    /// Join as who the token says, with no other account.
    #[arg(long = "as-me", conflicts_with_all = ["name", "email", "password_stdin"])]
    signed_in: bool,
    /// What you are called; for a new account.
    #[arg(long)]
    name: Option<String>,
    /// Your address. Without it: the one that the invitation is for, or you are asked.
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// Read the password from standard input: the one you have, or the one that a new account is to have.
    #[arg(long)]
    password_stdin: bool,
}

pub(super) async fn run(context: &Context, args: AcceptArgs) -> Outcome {
    let file = Credentials::to_write()?;
    file.check()?;
    let output = context.output;
    let Link { gateway, secret } = Link::given(output, &args.link)?;
    let gateway = match gateway {
        Some(gateway) => gateway,
        None => context.place()?.url,
    };
    let gateway = credentials::address(&gateway)?;
    let client = if args.signed_in {
        signed_in(context, &gateway)?
    } else {
        Client::new(ClientOptions::new(&gateway, None))?
    };
    login::warn_of_plain_http(output, &client);
    let look = client.look_at_invitation(&secret).await?;
    if !output.json {
        output.say(&about(&look, client.url()));
    }
    let acceptor = if args.signed_in {
        Acceptor {
            secret,
            name: None,
            email: None,
            password: None,
        }
    } else {
        acceptor(output, args, &look, secret)?
    };
    let signed = client.accept_invitation(&acceptor).await?;
    let got = login::of_session(signed, None).await?;
    login::keep(context, &file, &gateway, got).await
}

/// Whose token there is for the gateway of the link. One for another gateway is not sent to this one.
fn signed_in(context: &Context, gateway: &str) -> Result<Client, Failure> {
    let target = context.target()?;
    if credentials::address(&target.url)? == gateway {
        return context.client();
    }
    let stored = Credentials::to_write()?.read()?;
    let Some(login) = stored.login(gateway) else {
        let message = format!("there is no token for {gateway}");
        return Err(Failure::new(Exit::Denied, message)
            .with_remedy(format!("sign in with `mosaic login --url {gateway}`")));
    };
    let token = login.token.clone().into_inner();
    Ok(Client::new(ClientOptions::new(gateway, Some(token)))?)
}

/// Who types a password then knows to whom it goes: the link may be anybody's.
fn about(look: &InvitationLook, gateway: &str) -> String {
    let (workspace, role) = (flat(&look.workspace), flat(&look.role));
    let inviter = flat(&look.inviter);
    format!("{inviter} invites you to {workspace}, as {role}, at {gateway}")
}

fn acceptor(
    output: Output,
    args: AcceptArgs,
    look: &InvitationLook,
    secret: Secret,
) -> Result<Acceptor, Failure> {
    let email = args.email.or_else(|| look.email.clone());
    let email = typed::given_or_asked(output, email, "--email", "Your email:")?;
    // Who has an account already is called what they are called there.
    let name = match (args.name, look.has_account) {
        (None, true) => None,
        (name, _) => Some(typed::given_or_asked(output, name, "--name", "Your name:")?),
    };
    let ask = |output| {
        if look.has_account {
            typed::secret(output, "Password:")
        } else {
            typed::new_password(output)
        }
    };
    let password = typed::password(output, args.password_stdin, "password", ask)?;
    Ok(Acceptor {
        secret,
        name,
        email: Some(email),
        password: Some(password),
    })
}
