//! `mosaic login`: a token for this machine, got with a password or approved in a browser, and kept for later commands.

mod browser;
mod keep;
mod password;

use clap::Args;
use mosaic_client::{Client, ClientOptions, LoginStatus, Me, Secret};
use mosaic_domain::TokenId;

use crate::context::Context;
use crate::credentials::{self, Credentials};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::typed;
pub(crate) use keep::{keep, of_session};

/// Arguments of `login`.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own on the command line"
)]
pub struct LoginArgs {
    /// Who signs in with a password. Without it you are asked.
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// Read the password from standard input.
    #[arg(long)]
    password_stdin: bool,
    /// Approve this login in a browser, however you sign in there. Also what is done where the gateway takes no passwords.
    #[arg(long, conflicts_with_all = ["email", "password_stdin"])]
    sso: bool,
    /// Open the browser by itself, where there is one.
    #[arg(long, conflicts_with_all = ["email", "password_stdin"])]
    open: bool,
    /// Read a token from standard input and keep that.
    #[arg(long, conflicts_with_all = ["email", "password_stdin", "sso", "open", "expires_in_days"])]
    token_stdin: bool,
    /// The workspace to act in, by its name or id. Without it: the one that you were in last.
    #[arg(long, value_name = "WORKSPACE", conflicts_with = "token_stdin")]
    workspace: Option<String>,
    /// After how many days the token ends. Without it: when you log out. Only with a password.
    #[arg(long, value_name = "DAYS", conflicts_with = "sso")]
    expires_in_days: Option<u32>,
}

/// A token that was got, and whose it is.
pub(crate) struct Got {
    pub(crate) token: Secret,
    pub(crate) token_id: Option<TokenId>,
    pub(crate) me: Me,
}

pub(crate) async fn run(context: &Context, args: LoginArgs) -> Outcome {
    // What cannot be kept is not asked for.
    let file = Credentials::to_write()?;
    file.check()?;
    let gateway = credentials::address(&context.place()?.url)?;
    let public = Client::new(ClientOptions::new(&gateway, None))?;
    let output = context.output;
    warn_of_plain_http(output, &public);
    // That somebody is not known is no reason here to sign in with `mosaic login`.
    let got = got(output, &public, &args)
        .await
        .map_err(Failure::settled)?;
    check_workspace(args.workspace.as_deref(), &got.me)?;
    keep(context, &file, &gateway, got).await
}

/// What is said over plain http can be read on its way, however one signs in.
pub(crate) fn warn_of_plain_http(output: Output, gateway: &Client) {
    if !gateway.is_private() && !output.json {
        output.say(&format!(
            "note: {} is reached without encryption; whoever is on the way reads passwords and tokens",
            gateway.url()
        ));
    }
}

async fn got(output: Output, public: &Client, args: &LoginArgs) -> Result<Got, Failure> {
    if args.token_stdin {
        return given(output, public.url()).await;
    }
    if args.sso || args.open {
        return browser::approved(output, public, args.open).await;
    }
    let status = public.login_status().await?;
    check_set_up(&status, public.url())?;
    if status.password {
        return password::got(output, public, args).await;
    }
    if args.email.is_some() || args.password_stdin {
        let message = format!("{} takes no passwords", public.url());
        return Err(Failure::new(Exit::Denied, message).with_remedy("use `mosaic login --sso`"));
    }
    browser::approved(output, public, false).await
}

fn check_set_up(status: &LoginStatus, gateway: &str) -> Result<(), Failure> {
    if !status.needs_setup {
        return Ok(());
    }
    let message = format!("{gateway} is not set up: nobody is there yet who could sign in");
    let remedy = "make the first admin with `mosaic setup` on the machine that it runs on";
    Err(Failure::new(Exit::Failed, message).with_remedy(remedy))
}

/// Who approves a login decides where it acts; a person who wanted to be elsewhere is to know.
fn check_workspace(wanted: Option<&str>, me: &Me) -> Result<(), Failure> {
    let Some(wanted) = wanted else { return Ok(()) };
    let is_it = |text: &str| text.eq_ignore_ascii_case(wanted);
    let name = me.workspace.as_deref().unwrap_or_default();
    if is_it(name) || is_it(&me.workspace_id.to_string()) {
        return Ok(());
    }
    let message = format!("the login was approved in the workspace {name}, not in {wanted}");
    let remedy = "switch to that workspace in the browser, and log in again";
    Err(Failure::new(Exit::Failed, message).with_remedy(remedy))
}

/// A token that somebody has already.
async fn given(output: Output, gateway: &str) -> Result<Got, Failure> {
    let token = if typed::can_ask(output) {
        typed::secret(output, "Token:")?
    } else {
        typed::piped("token")?
    };
    let options = ClientOptions::new(gateway, Some(token.clone().into_inner()));
    let client = Client::new(options)?;
    let me = client.me().await?;
    // One that may not look after itself is known without its id.
    let tokens = client.tokens().await.map(|tokens| tokens.items);
    let mut tokens = tokens.unwrap_or_default().into_iter();
    let token_id = tokens.find(|one| one.current).map(|one| one.id);
    Ok(Got {
        token,
        token_id,
        me,
    })
}

/// What the token is called among others of the same person.
fn token_name() -> String {
    let host = nix::unistd::gethostname().ok();
    let host = host.and_then(|host| host.into_string().ok());
    let host = host.unwrap_or_else(|| "some machine".to_owned());
    let host: String = host.chars().filter(|c| !c.is_control()).take(60).collect();
    format!("mosaic on {host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn me() -> Me {
        let id = "01890000-0000-7000-8000-000000000001";
        serde_json::from_value(
            serde_json::json!({"userId": id, "workspaceId": id, "workspace": "Lab"}),
        )
        .unwrap()
    }

    #[test]
    fn a_login_counts_for_the_workspace_that_was_wanted() {
        let id = "01890000-0000-7000-8000-000000000001";
        for wanted in [None, Some("lab"), Some(id)] {
            check_workspace(wanted, &me()).unwrap();
        }
        let told = check_workspace(Some("Home"), &me()).unwrap_err().message;
        assert!(told.contains("Lab, not in Home"), "{told}");
    }

    #[test]
    fn a_token_is_called_after_its_machine() {
        let name = token_name();
        assert!(name.starts_with("mosaic on ") && name.len() > 10, "{name}");
    }
}
