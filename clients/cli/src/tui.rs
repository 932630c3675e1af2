//! `mosaic tui`: the terminal interface over the public API.
//!
//! [`mosaic_tui`] holds the state and draws it. Here is what it does not do: [`screen`] owns the terminal, [`link`]
//! carries out what the interface asks for, [`run`](self::run::run) brings events, time and drawing together.

mod follow;
mod link;
mod operate;
mod run;
mod screen;

use std::io::IsTerminal as _;

use chrono::{Local, Offset as _};
use clap::Args;
use mosaic_client::Client;
use mosaic_config::environment;
use mosaic_domain::ConversationId;
use mosaic_tui::{BeginWith, Palette, Setup, Theme};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};

/// Arguments of `tui`.
#[derive(Debug, Default, Args)]
pub struct TuiArgs {
    /// Open this conversation. Without it: the one that was last active.
    #[arg(long, short, value_name = "ID")]
    pub conversation: Option<ConversationId>,
    /// Begin a new conversation.
    #[arg(long, conflicts_with = "conversation")]
    pub new: bool,
    /// The agent that answers in a new conversation.
    #[arg(long, value_name = "NAME", conflicts_with = "conversation")]
    pub agent: Option<String>,
    /// The model for a new conversation, as provider/model.
    #[arg(long, value_name = "MODEL", conflicts_with = "conversation")]
    pub model: Option<String>,
}

pub(crate) async fn run(context: &Context, args: TuiArgs) -> Outcome {
    check_terminal()?;
    let client = context.client()?;
    // What cannot work is said before the screen is taken.
    client.me().await?;
    let conversation = first_conversation(&client, &args).await?;
    let palette = if context.output.colour() {
        Palette::Colour
    } else {
        Palette::Mono
    };
    let setup = Setup {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        url: client.url().to_owned(),
        theme: Theme::new(palette, environment::utf8_terminal()),
        offset: Local::now().offset().fix(),
        now: run::now(),
        size: (80, 24),
        conversation,
        begin: BeginWith {
            title: None,
            agent: args.agent,
            model: args.model,
        },
    };
    run::run(client, setup).await
}

fn check_terminal() -> Result<(), Failure> {
    let refuse = |what: &str| {
        let remedy = "`mosaic chat` works in scripts and on any terminal";
        Err(Failure::new(Exit::Usage, what).with_remedy(remedy))
    };
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return refuse("`mosaic tui` needs a terminal for its input and its output");
    }
    if environment::dumb_terminal() {
        return refuse("this terminal can only print (TERM=dumb)");
    }
    Ok(())
}

/// The named one; a new one when anything is said of it; the one that was last active.
async fn first_conversation(
    client: &Client,
    args: &TuiArgs,
) -> Result<Option<ConversationId>, Failure> {
    if let Some(id) = args.conversation {
        return Ok(Some(client.conversation(id).await?.id));
    }
    if args.new || args.agent.is_some() || args.model.is_some() {
        return Ok(None);
    }
    let newest = client.conversations(1, None).await?;
    Ok(newest.items.first().map(|one| one.id))
}
