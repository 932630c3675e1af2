//! `mosaic conversations`.

use clap::{Args, Subcommand};
use mosaic_client::{Client, Conversation, ConversationChange, Message};
use mosaic_domain::{ConversationId, Patch, Role};
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::{Output, Tone};
use crate::render::table::table;
use crate::render::text::{local_time, one_line, printable};

const PAGE: u32 = 100;

/// Arguments of `conversations`.
#[derive(Debug, Args)]
pub struct ConversationsArgs {
    #[command(subcommand)]
    command: Option<ConversationsCommand>,
}

/// What to do with conversations.
#[derive(Debug, Subcommand)]
pub(crate) enum ConversationsCommand {
    /// List them, the newest first (the default).
    Ls {
        /// How many at the most.
        #[arg(long, short = 'n', default_value_t = 20, value_name = "COUNT")]
        limit: u32,
    },
    /// Show one with its messages.
    Show {
        /// Which one.
        id: ConversationId,
    },
    /// Give one another title.
    Rename {
        /// Which one.
        id: ConversationId,
        /// The title.
        title: String,
    },
    /// Choose who answers in one from now on, and with which model.
    Set {
        /// Which one.
        id: ConversationId,
        /// The agent; `mosaic agents` lists them.
        #[arg(long, value_name = "NAME")]
        agent: Option<String>,
        /// `provider/model`, or `default` to leave it to the agent; `mosaic models` lists them.
        #[arg(long, value_name = "MODEL", required_unless_present = "agent")]
        model: Option<String>,
    },
    /// Delete some with everything in them.
    Rm {
        /// Which ones.
        #[arg(required = true)]
        ids: Vec<ConversationId>,
    },
}

pub(crate) async fn run(context: &Context, args: ConversationsArgs) -> Outcome {
    let (client, output) = (context.client()?, context.output);
    match args
        .command
        .unwrap_or(ConversationsCommand::Ls { limit: 20 })
    {
        ConversationsCommand::Ls { limit } => list(&client, output, limit).await?,
        ConversationsCommand::Show { id } => show(&client, output, id).await?,
        ConversationsCommand::Rename { id, title } => {
            let change = ConversationChange {
                title: Some(title),
                ..ConversationChange::default()
            };
            let renamed = client.change_conversation(id, &change).await?;
            if output.json {
                output.document(&renamed)?;
            } else {
                output.say(&format!("renamed {id}"));
            }
        }
        ConversationsCommand::Set { id, agent, model } => {
            let change = ConversationChange {
                title: None,
                agent,
                model: model.map_or(Patch::Keep, |model| {
                    Patch::from((model != "default").then_some(model))
                }),
            };
            let changed = client.change_conversation(id, &change).await?;
            if output.json {
                output.document(&changed)?;
            } else {
                let agent = changed.agent.unwrap_or_default();
                let model = changed
                    .model
                    .unwrap_or_else(|| "its usual model".to_owned());
                output.say(&format!(
                    "{id} is answered by {agent} with {model} from now on"
                ));
            }
        }
        ConversationsCommand::Rm { ids } => {
            for id in ids {
                client.delete_conversation(id).await?;
                if output.json {
                    output.document(&json!({"deleted": id}))?;
                } else {
                    output.say(&format!("deleted {id}"));
                }
            }
        }
    }
    Ok(Exit::Done)
}

async fn list(client: &Client, output: Output, limit: u32) -> Result<(), Failure> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut found: Vec<Conversation> = Vec::new();
    let mut cursor: Option<String> = None;
    while found.len() < limit {
        let missing = u32::try_from(limit - found.len()).unwrap_or(PAGE).min(PAGE);
        let page = client.conversations(missing, cursor.as_deref()).await?;
        found.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    if output.json {
        for conversation in &found {
            output.document(conversation)?;
        }
        return Ok(());
    }
    if found.is_empty() {
        output.say("no conversations yet; `mosaic chat` begins one");
    }
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    output.raw(&table(&["ID", "UPDATED", "MESSAGES", "TITLE"], &rows))?;
    Ok(())
}

fn row(conversation: &Conversation) -> Vec<String> {
    let title = conversation.title.as_deref().unwrap_or("(untitled)");
    let busy = if conversation.active_run_id.is_some() {
        " (answering)"
    } else {
        ""
    };
    vec![
        conversation.id.to_string(),
        local_time(conversation.updated_at),
        conversation.message_count.to_string(),
        format!("{}{busy}", one_line(&printable(title), 60)),
    ]
}

async fn show(client: &Client, output: Output, id: ConversationId) -> Result<(), Failure> {
    let conversation = client.conversation(id).await?;
    if output.json {
        output.document(&conversation)?;
    } else {
        output.say(&output.paint(Tone::Dim, &row(&conversation).join("  ")));
    }
    let mut after = 0;
    loop {
        let page = client.messages(id, after, PAGE).await?;
        for message in &page.items {
            if output.json {
                output.document(message)?;
            } else {
                output.raw(&shown(output, message))?;
            }
        }
        match page.items.last() {
            Some(last) if page.items.len() == PAGE as usize => after = last.seq,
            _ => return Ok(()),
        }
    }
}

fn shown(output: Output, message: &Message) -> String {
    let who = match message.role {
        Role::User => "you",
        Role::Assistant => "mosaic",
    };
    let head = format!("{who}  {}", local_time(message.created_at));
    format!(
        "{}\n{}\n\n",
        output.paint_data(Tone::Strong, &head),
        printable(message.content.trim_end())
    )
}
