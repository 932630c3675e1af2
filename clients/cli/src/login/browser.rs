//! Approved in a browser: the terminal shows a code, its person types it where they are signed in, the terminal gets a token.

use std::process::{Command, Stdio};
use std::time::Duration;

use chrono::{DateTime, Utc};
use mosaic_client::{Approved, Client, ClientOptions, Error, LoginRequest};
use mosaic_config::environment;
use serde_json::json;
use tokio::time::sleep;

use super::{Got, token_name};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Tone};
use crate::render::text::local_time;

/// Programs that open an address in whatever browser there is.
const OPENERS: [&str; 3] = ["xdg-open", "open", "wslview"];
/// However often a gateway wants to be asked.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

pub(super) async fn approved(output: Output, public: &Client, open: bool) -> Result<Got, Failure> {
    let request = public.request_login(&token_name()).await?;
    ask(output, &request)?;
    if open {
        open_browser(output, &request.url);
    }
    let Approved { token, me } = wait(public, &request).await?;
    let options = ClientOptions::new(public.url(), Some(token.clone().into_inner()));
    let tokens = Client::new(options)?.tokens().await;
    let mut tokens = tokens
        .map(|tokens| tokens.items)
        .unwrap_or_default()
        .into_iter();
    let token_id = tokens.find(|one| one.current).map(|one| one.id);
    Ok(Got {
        token,
        token_id,
        me,
    })
}

fn ask(output: Output, request: &LoginRequest) -> Result<(), Failure> {
    let LoginRequest {
        code,
        url,
        expires_at,
        ..
    } = request;
    if output.json {
        output.document(
            &json!({"state": "pending", "code": code, "url": url, "expiresAt": expires_at}),
        )?;
        return Ok(());
    }
    output.say(&format!("Open {}", output.paint(Tone::Strong, url)));
    output.say(&format!(
        "and type this code there: {}",
        output.paint(Tone::Strong, code)
    ));
    output.say(&format!(
        "It holds until {}. Waiting for you; Ctrl-C leaves.",
        local_time(*expires_at)
    ));
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a request that is over is waited for no longer"
)]
fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Asks until it is approved, denied or over. A gateway that is away for a moment is waited for.
async fn wait(public: &Client, request: &LoginRequest) -> Result<Approved, Failure> {
    let usual = Duration::from_secs(request.interval_seconds);
    let usual = usual.clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
    let mut pause = usual;
    loop {
        sleep(pause).await;
        match public.look_at_login(request).await {
            Ok(Some(approved)) => return Ok(approved),
            Ok(None) => pause = usual,
            Err(error) if is_gone(&error) => return Err(denied()),
            Err(error) if error.is_passing() => pause = (pause * 2).min(LONGEST_PAUSE),
            Err(error) => return Err(error.into()),
        }
        // Clocks differ; the gateway's own word is waited for a while.
        if request.is_over(now() - Duration::from_mins(1)) {
            return Err(denied());
        }
    }
}

fn is_gone(error: &Error) -> bool {
    matches!(error, Error::Refused(problem) if problem.status == 404)
}

fn denied() -> Failure {
    let message = "the login was denied, or not approved in time";
    Failure::new(Exit::Denied, message).with_remedy("try again with `mosaic login --sso`")
}

/// Opens the page, if that can be done; the address is on the screen in any case.
fn open_browser(output: Output, url: &str) {
    let folders = environment::search_path();
    let programs = OPENERS
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let mut programs = programs.filter(|program| program.is_file());
    // Only the address of a page is passed on, whatever the gateway says.
    let is_page = Client::new(ClientOptions::new(url, None)).is_ok();
    let program = programs
        .next()
        .filter(|_| environment::has_display() && is_page);
    let opened = program.is_some_and(|program| {
        let quiet = || Stdio::null();
        let mut command = Command::new(program);
        command
            .arg(url)
            .stdin(quiet())
            .stdout(quiet())
            .stderr(quiet());
        command.spawn().is_ok()
    });
    if !opened && !output.json {
        output.say("there is no browser to open here; use one elsewhere");
    }
}
