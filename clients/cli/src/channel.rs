//! `mosaic channel`.

use clap::{Args, Subcommand};
use mosaic_client::{Channel, ChannelMapping, Client, LinkCode};
use uuid::Uuid;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::render::table::table;
use crate::render::text::local_time;

/// Stands for every chat, as it is typed.
const ALL: &str = "all";

/// Arguments of `channel`.
#[derive(Debug, Args)]
pub struct ChannelArgs {
    #[command(subcommand)]
    command: Option<ChannelCommand>,
}

/// What to do with channels.
#[derive(Debug, Subcommand)]
pub(crate) enum ChannelCommand {
    /// List the channels, how they are, and your accounts there (the default).
    #[command(visible_alias = "ls")]
    List,
    /// Make a code that links your account of a channel. It holds for 15 minutes and for one use.
    Link {
        /// Which channel, e.g. telegram.
        channel: String,
    },
    /// Unlink an account.
    Unlink {
        /// The link, as `channel list` shows it.
        id: Uuid,
    },
    /// Say which agent answers conversations that begin in a chat. Needs the role owner or admin.
    Map(MapArgs),
    /// Remove what `map` said. Needs the role owner or admin.
    Unmap {
        /// Which channel.
        channel: String,
        /// The chat, or `all`.
        chat: String,
    },
    /// List which agents answer in which chats. Needs the role owner or admin.
    Mappings {
        /// Which channel.
        #[arg(default_value = "telegram")]
        channel: String,
    },
}

/// Arguments of `channel map`.
#[derive(Debug, Args)]
pub(crate) struct MapArgs {
    /// Which channel.
    channel: String,
    /// The chat, or `all` for every chat that has no mapping of its own.
    chat: String,
    /// The agent that answers; `mosaic agents` lists them.
    #[arg(long, value_name = "NAME")]
    agent: String,
    /// The model it thinks with; its own unless said.
    #[arg(long, value_name = "PROVIDER/MODEL")]
    model: Option<String>,
}

pub(crate) async fn run(context: &Context, args: ChannelArgs) -> Outcome {
    let (client, output) = (context.client()?, context.output);
    match args.command.unwrap_or(ChannelCommand::List) {
        ChannelCommand::List => list(output, &client.channels().await?.items)?,
        ChannelCommand::Link { channel } => {
            show_code(output, &client.link_channel(&channel).await?)?;
        }
        ChannelCommand::Unlink { id } => unlink(&client, output, id).await?,
        ChannelCommand::Map(args) => map(&client, output, args).await?,
        ChannelCommand::Unmap { channel, chat } => {
            client.unmap_channel(&channel, chat_id(&chat)).await?;
            if !output.json {
                output.say(&format!("{chat}: the usual agent answers again"));
            }
        }
        ChannelCommand::Mappings { channel } => {
            mappings(output, &client.channel_mappings(&channel).await?.items)?;
        }
    }
    Ok(Exit::Done)
}

fn chat_id(typed: &str) -> &str {
    if typed == ALL { "*" } else { typed }
}

fn list(output: Output, channels: &[Channel]) -> Result<(), Failure> {
    if output.json {
        for channel in channels {
            output.document(channel)?;
        }
        return Ok(());
    }
    output.raw(&shown(channels))?;
    for channel in channels {
        if let Some(detail) = &channel.detail {
            output.say(&format!("{}: {detail}", channel.name));
        }
    }
    Ok(())
}

fn shown(channels: &[Channel]) -> String {
    let header = ["CHANNEL", "STATE", "BOT", "YOUR ACCOUNT", "LINK"];
    let mut rows = Vec::new();
    for channel in channels {
        let bot = channel.username.as_ref();
        let bot = bot.map_or_else(|| "-".to_owned(), |name| format!("@{name}"));
        let start = vec![channel.name.clone(), channel.health.clone(), bot];
        if channel.links.is_empty() {
            rows.push([start.clone(), vec!["-".to_owned(), "-".to_owned()]].concat());
        }
        for link in &channel.links {
            let link = vec![link.display_name.clone(), link.id.to_string()];
            rows.push([start.clone(), link].concat());
        }
    }
    table(&header, &rows)
}

fn show_code(output: Output, code: &LinkCode) -> Result<(), Failure> {
    if output.json {
        output.document(code)?;
        return Ok(());
    }
    output.line(&code.code)?;
    let until = local_time(code.expires_at);
    output.say(&format!(
        "Send `{}` to the bot, before {until}.",
        code.command
    ));
    if let Some(url) = &code.url {
        output.say(&format!("Or open {url} and press Start."));
    }
    Ok(())
}

/// The channel of a link is looked up, so that nobody has to type it.
async fn unlink(client: &Client, output: Output, id: Uuid) -> Result<(), Failure> {
    let channels = client.channels().await?.items;
    let holds = |channel: &&Channel| channel.links.iter().any(|link| link.id == id);
    let Some(channel) = channels.iter().find(holds) else {
        let message = format!("there is no link {id} of yours");
        return Err(Failure::new(Exit::NotFound, message)
            .with_remedy("`mosaic channel list` shows your links"));
    };
    client.unlink_channel(&channel.name, id).await?;
    if !output.json {
        output.say(&format!("unlinked from {}", channel.name));
    }
    Ok(())
}

async fn map(client: &Client, output: Output, args: MapArgs) -> Result<(), Failure> {
    let MapArgs {
        channel,
        chat,
        agent,
        model,
    } = args;
    let mapping = client
        .map_channel(&channel, chat_id(&chat), &agent, model.as_deref())
        .await?;
    if output.json {
        output.document(&mapping)?;
    } else {
        output.say(&format!(
            "{chat}: new conversations are answered by {agent}"
        ));
    }
    Ok(())
}

fn mappings(output: Output, mappings: &[ChannelMapping]) -> Result<(), Failure> {
    if output.json {
        for mapping in mappings {
            output.document(mapping)?;
        }
        return Ok(());
    }
    if mappings.is_empty() {
        output.say("no mappings: the usual agent answers everywhere");
    }
    let rows: Vec<Vec<String>> = mappings
        .iter()
        .map(|mapping| {
            let chat = if mapping.chat == "*" {
                ALL
            } else {
                &mapping.chat
            };
            let model = mapping.model.clone().unwrap_or_else(|| "-".to_owned());
            vec![chat.to_owned(), mapping.agent.clone(), model]
        })
        .collect();
    output.raw(&table(&["CHAT", "AGENT", "MODEL"], &rows))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_a_table_with_a_row_for_each_account() {
        let id = Uuid::from_u128(7);
        let channels = serde_json::json!([
            {"name": "telegram", "health": "connected", "username": "my_bot", "links": [
                {"id": id, "displayName": "Ada (@ada)", "externalUserId": "77", "createdAt": "2026-01-31T08:00:00Z"}]},
            {"name": "other", "health": "off"},
        ]);
        let channels: Vec<Channel> = serde_json::from_value(channels).unwrap();
        insta::assert_snapshot!(shown(&channels), @r"
        CHANNEL   STATE      BOT      YOUR ACCOUNT  LINK
        telegram  connected  @my_bot  Ada (@ada)    00000000-0000-0000-0000-000000000007
        other     off        -        -             -
        ");
    }

    #[test]
    fn all_stands_for_every_chat() {
        assert_eq!(chat_id("all"), "*");
        assert_eq!(chat_id("77"), "77");
    }
}
