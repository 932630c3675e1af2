//! The people.

use std::sync::Arc;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use mosaic_domain::ConversationId;
use mosaic_identity::ApiToken;
use mosaic_storage::{NewAdmin, NewConversation, Storage};
use uuid::Uuid;

/// How many are created at the same time.
const AT_ONCE: usize = 8;
/// The agent they talk to.
const AGENT: &str = "jarvis";

/// Somebody with a token and a conversation.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) token: String,
    pub(crate) conversation: ConversationId,
}

/// Creates people, each with a workspace, a token and a conversation of their own.
pub(crate) async fn create_people(
    storage: &Storage,
    count: usize,
) -> anyhow::Result<Arc<[Person]>> {
    let people = stream::iter(0..count).map(|number| create(storage, number));
    let people: Vec<_> = people.buffer_unordered(AT_ONCE).try_collect().await?;
    Ok(people.into())
}

async fn create(storage: &Storage, number: usize) -> anyhow::Result<Person> {
    let token = ApiToken::generate();
    let member = NewAdmin {
        user_id: Uuid::now_v7().into(),
        name: format!("Person {number}"),
        workspace_id: Uuid::now_v7().into(),
        workspace: format!("Workspace {number}"),
        token_id: Uuid::now_v7().into(),
        token_hash: *token.hash().as_bytes(),
    };
    let scope = storage.create_member(&member).await?.scope;
    let conversation = NewConversation {
        id: Uuid::now_v7().into(),
        title: None,
        agent: AGENT.to_owned(),
        model: None,
    };
    let conversation = storage.create_conversation(scope, &conversation).await?.id;
    Ok(Person {
        token: token.expose().to_owned(),
        conversation,
    })
}
