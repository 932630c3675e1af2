//! Jobs that show something in a chat. A private chat is the account of a person, which is none of an operator's business.

use mosaic_proto::job::{CHANNEL_OUT_QUEUE, Job};
use mosaic_runtime::clock;
use serde_json::json;
use uuid::Uuid;

use super::super::stage::Stage;
use super::stage::{because, command};

const CHAT: &str = "77000000770000007";

#[tokio::test(flavor = "multi_thread")]
async fn the_chat_of_a_job_is_shown_to_no_operator_and_kept_when_it_is_mended() -> anyhow::Result<()>
{
    let stage = Stage::set().await?;
    let delivery = clock::id::<Uuid>().to_string();
    let data = json!({"channel": "telegram", "chatId": CHAT, "deliveryId": delivery});
    let job = Job {
        id: clock::id(),
        queue: CHANNEL_OUT_QUEUE.to_owned(),
        workspace_id: stage.ada.scope.workspace_id,
        priority: 5,
        created_at: clock::now(),
        ordering_key: None,
        idempotency_key: None,
        not_before: None,
        traceparent: None,
        data: data.to_string(),
    };
    let (workspace, id) = (job.workspace_id, job.id);
    let queued = format!(
        "INSERT INTO channel_chats (channel, chat_id) VALUES ('telegram', '{CHAT}');
         INSERT INTO channel_deliveries (id, channel, chat_id, workspace_id, job_id, notice)
         VALUES ('{delivery}', 'telegram', '{CHAT}', '{workspace}', '{id}', 'hello')"
    );
    stage.database.execute(&queued).await?;
    stage.bus.queue(CHANNEL_OUT_QUEUE).push(&[job]).await?;

    let shown = json!({"channel": "telegram", "deliveryId": delivery});
    let jobs = stage.read("/api/queues/channel-out/jobs").await?;
    assert_eq!(jobs["items"][0]["job"]["data"], shown, "{jobs}");
    because(&stage, "channel-out/drain").await?;
    let dead = stage.read("/api/queues/channel-out/dead").await?;
    let letter = &dead["items"][0];
    assert_eq!(letter["job"]["data"], shown, "{dead}");
    let entry = letter["entryId"].as_str().unwrap_or_default();
    let path = format!("channel-out/dead/{entry}/retry");
    let back = command(&stage, &path, &json!({"data": shown})).await?;
    assert_eq!(back["data"], shown);
    for answer in [&jobs, &dead, &back] {
        assert!(!answer.to_string().contains(CHAT), "{answer}");
    }

    let kept = format!(
        "SELECT count(*) FROM outbox WHERE id = '{id}' AND data::json->>'chatId' = '{CHAT}'"
    );
    assert_eq!(stage.database.number(&kept).await?, 1);
    Ok(())
}
