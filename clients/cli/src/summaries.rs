//! `mosaic summaries`.

mod show;

use clap::{Args, Subcommand, ValueEnum};
use mosaic_client::{Client, Summary};
use mosaic_domain::{ConversationId, SummaryKind};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};

const PAGE: u32 = 100;

/// Arguments of `summaries`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct SummariesArgs {
    #[command(subcommand)]
    command: Option<SummariesCommand>,
    #[command(flatten)]
    list: ListArgs,
}

/// What to do with summaries.
#[derive(Debug, Subcommand)]
pub(crate) enum SummariesCommand {
    /// List them, the newest first (the default).
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// Have a conversation summarised now. Its messages stay as they are.
    Make {
        /// Which one.
        conversation: ConversationId,
        /// What the summary is for.
        #[arg(long, default_value = "session")]
        kind: Kind,
    },
}

/// Which summaries to list.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only those of this conversation.
    conversation: Option<ConversationId>,
    /// Only those that tell what was said, or only those that stand for older messages.
    #[arg(long)]
    kind: Option<Kind>,
    /// How many at the most.
    #[arg(long, short = 'n', default_value_t = 10, value_name = "COUNT")]
    limit: u32,
}

/// A kind of summary, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// What a conversation was about.
    Session,
    /// What stands for the older part of a long conversation when a model is asked.
    Compaction,
}

impl From<Kind> for SummaryKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Session => Self::Session,
            Kind::Compaction => Self::Compaction,
        }
    }
}

pub(crate) async fn run(context: &Context, args: SummariesArgs) -> Outcome {
    let (client, output) = (context.client()?, context.output);
    match args.command {
        None => show::list(output, &list(&client, &args.list).await?)?,
        Some(SummariesCommand::List(args)) => {
            show::list(output, &list(&client, &args).await?)?;
        }
        Some(SummariesCommand::Make { conversation, kind }) => {
            let wanted = client.make_summary(conversation, kind.into()).await?;
            if output.json {
                output.document(&wanted)?;
            } else if wanted.waiting {
                output.say("it was asked for before and is still to be made");
            } else {
                output.say(&format!(
                    "it will be made in a moment; see `mosaic summaries {conversation}`"
                ));
            }
        }
    }
    Ok(Exit::Done)
}

async fn list(client: &Client, args: &ListArgs) -> Result<Vec<Summary>, Failure> {
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let kind = args.kind.map(Into::into);
    let mut found: Vec<Summary> = Vec::new();
    let mut cursor: Option<String> = None;
    while found.len() < limit {
        let missing = u32::try_from(limit - found.len()).unwrap_or(PAGE).min(PAGE);
        let page = client
            .summaries(args.conversation, kind, missing, cursor.as_deref())
            .await?;
        found.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    Ok(found)
}
