//! Conversations that fall silent, and summaries on demand.

use std::time::Duration;

use mosaic_config::Config;
use mosaic_domain::SummaryKind::{Compaction, Session};
use mosaic_domain::{ConversationId, Scope};
use mosaic_proto::summary::v1::SummarizeRequest;
use mosaic_proto::summary::v1::summary_service_client::SummaryServiceClient;
use mosaic_testkit::model_server::Script;
use mosaic_testkit::{ServiceCaller, TestService};
use tonic::transport::Endpoint;
use tonic::{Code, Request, Status};

use super::stage::{Stage, member};

const TOLD: &str = "A trip to Rome\n\nThey planned a trip. The hotel is still open.";

fn eager(config: &mut Config) {
    config.summarizer.session_schedule = "* * * * * *".into();
    config.summarizer.session_idle_s = 2;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_conversation_is_summarised_exactly_once_by_two_replicas() -> anyhow::Result<()> {
    let stage = Stage::set(Script::instant(TOLD)).await?;
    let (first, second) = tokio::try_join!(stage.replica(eager), stage.replica(eager))?;
    let conversation = stage.conversation().await?;
    stage
        .turn(conversation, "Plan my trip to Rome.", "Gladly.")
        .await?;
    stage
        .database
        .execute("UPDATE conversations SET title = NULL")
        .await?;
    let made = stage.eventually(Session, 1).await?.remove(0);
    assert_eq!(
        (made.content.as_str(), made.first_ordinal, made.last_ordinal),
        (TOLD, 1, 1)
    );
    let named = stage
        .storage
        .conversation(stage.scope, conversation)
        .await?;
    assert_eq!(
        named.and_then(|one| one.title).as_deref(),
        Some("A trip to Rome")
    );

    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(stage.model.calls(), 1, "it is told once");
    stage
        .turn(conversation, "The Grand Hotel.", "Noted.")
        .await?;
    let both = stage.eventually(Session, 2).await?;
    assert_eq!((both[0].first_ordinal, both[0].last_ordinal), (2, 2));
    assert!(stage.summaries(Compaction).await?.is_empty());
    first.stop().await?;
    second.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_summary_is_made_on_demand_for_its_owner_alone() -> anyhow::Result<()> {
    let stage = Stage::set(Script::instant(TOLD)).await?;
    let replica = stage.replica(|_| {}).await?;
    let conversation = stage.conversation().await?;
    stage
        .turn(conversation, "Plan my trip to Rome.", "Gladly.")
        .await?;
    let stranger = member(&stage.storage).await?;
    let refused = summarize(&replica, stranger, conversation, "gateway").await?;
    assert_eq!(refused.unwrap_err().code(), Code::NotFound);
    let refused = summarize(&replica, stage.scope, conversation, "agent-worker").await?;
    assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
    assert_eq!(stage.open_jobs().await?, 0);

    let wanted = summarize(&replica, stage.scope, conversation, "gateway").await?;
    assert_eq!(wanted?, "queued");
    let made = stage.eventually(Session, 1).await?;
    assert_eq!(made[0].conversation_id, conversation);
    let again = summarize(&replica, stage.scope, conversation, "gateway").await?;
    assert_eq!(again?, "nothing");
    let theirs = stage
        .storage
        .summaries(stranger, None, None, None, 10)
        .await?;
    assert!(theirs.is_empty(), "{theirs:?}");
    replica.stop().await
}

async fn summarize(
    replica: &TestService,
    scope: Scope,
    conversation: ConversationId,
    caller: &'static str,
) -> anyhow::Result<Result<String, Status>> {
    let address = format!("http://{}", replica.addresses().grpc);
    let endpoint = Endpoint::from_shared(address)?.timeout(Duration::from_secs(5));
    let caller = ServiceCaller::new(caller, "summarizer");
    let mut client = SummaryServiceClient::with_interceptor(endpoint.connect().await?, caller);
    let request = Request::new(SummarizeRequest {
        workspace_id: scope.workspace_id.to_string(),
        user_id: scope.user_id.to_string(),
        conversation_id: conversation.to_string(),
        kind: String::new(),
    });
    let answer = client.summarize(request).await;
    Ok(answer.map(|answer| answer.into_inner().state))
}
