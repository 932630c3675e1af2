//! Signing in with a password: a session is begun, makes a token, and ends.

use mosaic_client::{Client, PasswordLogin, SignedIn};

use super::{Got, LoginArgs, of_session};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::named::meant;
use crate::output::Output;
use crate::typed;

pub(super) async fn got(output: Output, public: &Client, args: &LoginArgs) -> Result<Got, Failure> {
    let LoginArgs {
        email,
        password_stdin,
        workspace,
        expires_in_days,
        ..
    } = args;
    let email = address(output, email.clone())?;
    let ask = |output| typed::secret(output, "Password:");
    let password = typed::password(output, *password_stdin, "password", ask)?;
    let login = PasswordLogin {
        email,
        password,
        workspace_id: None,
    };
    let signed = public.sign_in(&login).await?;
    let signed = match workspace {
        Some(workspace) => match act_in(&signed, workspace).await {
            Ok(signed) => signed,
            Err(failure) => {
                // Nothing is left behind of a login that failed.
                drop(signed.client.end_session().await);
                return Err(failure);
            }
        },
        None => signed,
    };
    of_session(signed, *expires_in_days).await
}

fn address(output: Output, given: Option<String>) -> Result<String, Failure> {
    if let Some(email) = given {
        return Ok(email);
    }
    if !typed::can_ask(output) {
        let message = "it is not said who signs in, and nobody can be asked here";
        let remedy = "add --email and --password-stdin, or give a token with --token-stdin";
        return Err(Failure::new(Exit::Usage, message).with_remedy(remedy));
    }
    typed::line(output, "Email:")
}

async fn act_in(signed: &SignedIn, workspace: &str) -> Result<SignedIn, Failure> {
    let mine = signed.client.workspaces().await?.items;
    let wanted = meant(mine, workspace)?;
    Ok(signed.client.act_in(wanted.id).await?)
}
