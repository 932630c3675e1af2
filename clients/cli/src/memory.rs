//! `mosaic memory`.

mod forget;
mod show;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand, ValueEnum};
use mosaic_client::{Client, Memory, MemorySearch};
use mosaic_domain::{ConversationId, MemoryId, MemoryKind};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use forget::ForgetArgs;

const PAGE: u32 = 100;

/// Arguments of `memory`.
#[derive(Debug, Args)]
pub struct MemoryArgs {
    #[command(subcommand)]
    command: MemoryCommand,
}

/// What to do with memories.
#[derive(Debug, Subcommand)]
pub(crate) enum MemoryCommand {
    /// Find what was said or noted, by its words and its meaning.
    Search(SearchArgs),
    /// List what is remembered, the newest first.
    #[command(visible_alias = "ls")]
    List {
        /// How many at the most.
        #[arg(long, short = 'n', default_value_t = 20, value_name = "COUNT")]
        limit: u32,
        /// Only messages, or only notes.
        #[arg(long)]
        kind: Option<Kind>,
        /// Only what was said in this conversation.
        #[arg(long, value_name = "ID")]
        conversation: Option<ConversationId>,
    },
    /// Show one with its whole text.
    Show {
        /// Which one.
        id: MemoryId,
    },
    /// Save a note to be remembered.
    Save {
        /// The note; several words need no quotes.
        #[arg(required = true)]
        text: Vec<String>,
    },
    /// Forget memories, and with each what agents said and noted because of it.
    ///
    /// The conversations themselves stay; only nothing of the forgotten is found or recalled any more.
    #[command(visible_alias = "rm")]
    Forget(ForgetArgs),
}

/// Arguments of `memory search`.
#[derive(Debug, Args)]
pub(crate) struct SearchArgs {
    /// The question; several words need no quotes.
    #[arg(required = true)]
    query: Vec<String>,
    /// How many at the most, 1 to 50.
    #[arg(long, short = 'n', default_value_t = 10, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=50))]
    limit: u32,
    /// Only messages, or only notes.
    #[arg(long)]
    kind: Option<Kind>,
    /// Only what was said in this conversation.
    #[arg(long, value_name = "ID")]
    conversation: Option<ConversationId>,
    /// Only what was said since then, e.g. 2026-01-31T08:00:00Z.
    #[arg(long, value_name = "TIME")]
    since: Option<DateTime<Utc>>,
    /// Say how each score came about.
    #[arg(long)]
    explain: bool,
}

/// A kind of memory, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// What was said in conversations.
    Message,
    /// What was noted.
    Note,
}

impl From<Kind> for MemoryKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Message => Self::Message,
            Kind::Note => Self::Note,
        }
    }
}

pub(crate) async fn run(context: &Context, args: MemoryArgs) -> Outcome {
    let (client, output) = (context.client()?, context.output);
    match args.command {
        MemoryCommand::Search(args) => search(&client, output, args).await?,
        MemoryCommand::List {
            limit,
            kind,
            conversation,
        } => {
            let found = list(&client, limit, kind.map(Into::into), conversation).await?;
            show::list(output, &found)?;
        }
        MemoryCommand::Show { id } => show::whole(output, &client.memory(id).await?)?,
        MemoryCommand::Save { text } => {
            let saved = client.save_memory(&text.join(" ")).await?;
            if output.json {
                output.document(&saved)?;
            } else {
                output.line(&saved.id.to_string())?;
                output.say("saved; it is found in a moment");
            }
        }
        MemoryCommand::Forget(args) => return forget::run(&client, output, args).await,
    }
    Ok(Exit::Done)
}

async fn search(client: &Client, output: Output, args: SearchArgs) -> Result<(), Failure> {
    let search = MemorySearch {
        query: args.query.join(" "),
        limit: Some(args.limit),
        kind: args.kind.map(Into::into),
        conversation_id: args.conversation,
        since: args.since,
    };
    let found = client.search_memory(&search).await?;
    show::found(output, &found, args.explain)
}

async fn list(
    client: &Client,
    limit: u32,
    kind: Option<MemoryKind>,
    conversation: Option<ConversationId>,
) -> Result<Vec<Memory>, Failure> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut found: Vec<Memory> = Vec::new();
    let mut cursor: Option<String> = None;
    while found.len() < limit {
        let missing = u32::try_from(limit - found.len()).unwrap_or(PAGE).min(PAGE);
        let page = client
            .memories(kind, conversation, missing, cursor.as_deref())
            .await?;
        found.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    Ok(found)
}
