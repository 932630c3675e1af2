//! `mosaic memory forget`.

use clap::Args;
use mosaic_client::{Client, Forgotten};
use mosaic_domain::{ConversationId, MemoryId};

use crate::confirm::confirmed;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::Output;

/// Arguments of `memory forget`.
#[derive(Debug, Args)]
pub(crate) struct ForgetArgs {
    /// Which ones.
    #[arg(required_unless_present = "conversation")]
    ids: Vec<MemoryId>,
    /// Everything that was said in this conversation so far.
    #[arg(long, value_name = "ID", conflicts_with = "ids")]
    conversation: Option<ConversationId>,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
}

pub(super) async fn run(client: &Client, output: Output, args: ForgetArgs) -> Outcome {
    let ForgetArgs {
        ids,
        conversation,
        yes,
    } = args;
    let what = match (conversation, ids.len()) {
        (Some(_), _) => "everything said in this conversation so far".to_owned(),
        (None, 1) => "this memory".to_owned(),
        (None, many) => format!("these {many} memories"),
    };
    let question = format!(
        "Forget {what}, and what agents said and noted because of it? It cannot be undone."
    );
    if !yes && !confirmed(output, &question, "forgetting cannot be undone")? {
        output.say("nothing was forgotten");
        return Ok(Exit::Failed);
    }
    if let Some(id) = conversation {
        tell(output, &client.forget_conversation(id).await?)?;
        return Ok(Exit::Done);
    }
    let mut gone: Vec<MemoryId> = Vec::new();
    for id in ids {
        // It may have gone with one before it.
        if gone.contains(&id) {
            continue;
        }
        let forgotten = client.forget_memory(id).await?;
        gone.extend(&forgotten.forgotten);
        tell(output, &forgotten)?;
    }
    Ok(Exit::Done)
}

fn tell(output: Output, forgotten: &Forgotten) -> Result<(), Failure> {
    if output.json {
        output.document(forgotten)?;
        return Ok(());
    }
    for id in &forgotten.forgotten {
        output.line(&id.to_string())?;
    }
    let count = forgotten.forgotten.len();
    let memories = if count == 1 { "memory" } else { "memories" };
    output.say(&format!("forgot {count} {memories}"));
    Ok(())
}
