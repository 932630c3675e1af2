//! Runs of which nothing is heard.

use std::time::Duration;

use mosaic_bus::{Consumer, ConsumerOptions, Delivery};
use mosaic_config::Config;
use mosaic_domain::{ConversationId, RunId, RunState};
use mosaic_proto::job::{Job, RUNS_QUEUE};
use mosaic_runtime::clock;
use mosaic_storage::Instance;
use mosaic_testkit::service::eventually;
use reqwest::Method;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::sse::{Event, Sse, kinds};
use super::stage::Stage;
use super::worker::Worker;

const LEASE: Duration = Duration::from_mins(1);

/// A watchdog that loses its patience soon.
fn impatient(config: &mut Config) {
    config.watchdog.every_ms = 100;
    config.watchdog.silence_ms = 800;
    config.watchdog.recoveries = 2;
}

/// One that leaves the relay the time to publish what it put back.
fn watchful(config: &mut Config) {
    impatient(config);
    config.watchdog.silence_ms = 3_500;
}

/// A queued run and its event stream, read to where it waits.
async fn waiting(stage: &Stage) -> anyhow::Result<(ConversationId, RunId, Sse)> {
    let conversation = stage.conversation().await?;
    let run = stage.ask(conversation, "hello").await?;
    let mut sse = Sse::open(stage, &format!("/api/runs/{run}/events"), None).await?;
    assert_eq!(sse.must().await?.kind, "run.accepted");
    Ok((conversation, run, sse))
}

/// An agent-worker that is in the register and does nothing.
async fn idle_worker(stage: &Stage) -> anyhow::Result<()> {
    let instance = Instance {
        id: clock::id(),
        service: "agent-worker".into(),
        version: "0".into(),
        grpc_address: "127.0.0.1:1".into(),
        admin_address: "127.0.0.1:1".into(),
        started_at: clock::now(),
        heartbeat_at: clock::now(),
    };
    Ok(stage.storage.register_instance(&instance).await?)
}

struct Taker {
    consumer: Consumer,
    _tasks: TaskTracker,
}

impl Taker {
    fn new(stage: &Stage) -> Self {
        let tasks = TaskTracker::new();
        let options = ConsumerOptions::new(RUNS_QUEUE, "agent-worker", "taker");
        let consumer = Consumer::open(&stage.bus, options, &tasks, &CancellationToken::new());
        Self {
            consumer,
            _tasks: tasks,
        }
    }

    /// The next job, which must come.
    async fn take(&mut self) -> anyhow::Result<Delivery> {
        let next = tokio::time::timeout(LEASE, self.consumer.next(1)).await??;
        let mut next = next.into_iter();
        next.next().ok_or_else(|| anyhow::anyhow!("no delivery"))
    }
}

fn note(event: &Event) -> &str {
    event.data["data"]["note"].as_str().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_without_any_worker_is_told_about_and_answered_when_one_comes() -> anyhow::Result<()>
{
    let stage = Stage::set_with(impatient).await?;
    let (_, run, mut sse) = waiting(&stage).await?;
    let told = sse.must().await?;
    assert_eq!(
        (told.kind.as_str(), told.id.as_str()),
        ("run.progress", &*format!("{run}:0:2"))
    );
    assert!(
        note(&told).contains("No agent-worker is running"),
        "{told:?}"
    );
    // However long that takes, the run waits.
    let again = sse.must().await?;
    assert_eq!(again.id, format!("{run}:0:3"));

    let mut worker = Worker::claim(&stage, run).await?;
    worker.say("hi").await?;
    worker.complete("hi").await?;
    let rest: Vec<Event> = sse.rest().await?;
    let kinds: Vec<&str> = kinds(&rest)
        .into_iter()
        .filter(|kind| *kind != "run.progress")
        .collect();
    assert_eq!(kinds, ["run.started", "text.delta", "run.completed"]);
    // Whoever comes later reads the same.
    let mut later = Sse::open(&stage, &format!("/api/runs/{run}/events"), None).await?;
    let seqs = later.rest().await?;
    assert_eq!(
        seqs.last().map(|event| &event.id),
        rest.last().map(|event| &event.id)
    );
    assert_eq!(seqs.len(), 3 + rest.len());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_was_lost_from_the_queue_although_it_was_published_comes_again()
-> anyhow::Result<()> {
    let stage = Stage::set_with(watchful).await?;
    idle_worker(&stage).await?;
    let (_, run, mut sse) = waiting(&stage).await?;
    let mut taker = Taker::new(&stage);
    let lost = taker.take().await?;
    let id = lost.job.id;
    lost.ack().await?;
    let told = sse.must().await?;
    assert!(note(&told).contains("put into the queue again"), "{told:?}");
    let found = taker.take().await?;
    assert_eq!(found.job.id, id);
    found.ack().await?;

    // The outbox may have lost it too.
    stage
        .database
        .execute("DELETE FROM outbox WHERE kind = 'job'")
        .await?;
    let told = sse.must().await?;
    assert!(note(&told).contains("put into the queue again"), "{told:?}");
    let found = taker.take().await?;
    assert_eq!(found.job.id, id);
    Worker::claim(&stage, run).await?.complete("hi").await?;
    assert_eq!(
        sse.rest().await?.last().map(|event| event.kind.clone()),
        Some("run.completed".into())
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_no_worker_takes_however_often_is_ended_and_the_next_one_begins()
-> anyhow::Result<()> {
    let stage = Stage::set_with(watchful).await?;
    idle_worker(&stage).await?;
    let (conversation, run, mut sse) = waiting(&stage).await?;
    let wait = json!({"content": "later", "delivery": "wait"});
    let next = super::stage::run_id(&stage.say(conversation, &wait).await?)?;
    let mut taker = Taker::new(&stage);
    for _ in 0..3 {
        let delivery = taker.take().await?;
        assert!(
            delivery.job.data.contains(&run.to_string()),
            "{:?}",
            delivery.job
        );
        delivery.ack().await?;
    }
    let rest = sse.rest().await?;
    assert_eq!(kinds(&rest), ["run.progress", "run.progress", "run.failed"]);
    let end = &rest[2];
    assert_eq!(end.id, format!("{run}:1:4"));
    assert_eq!(end.data["data"]["code"], "unclaimed");
    let delivery = taker.take().await?;
    assert!(
        delivery.job.data.contains(&next.to_string()),
        "{:?}",
        delivery.job
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_job_was_given_up_ends_and_does_not_tell_the_inner_error() -> anyhow::Result<()>
{
    let stage = Stage::set_with(impatient).await?;
    idle_worker(&stage).await?;
    let (_, _, mut sse) = waiting(&stage).await?;
    let delivery = Taker::new(&stage).take().await?;
    delivery.fail("it names no run").await?;
    let rest = sse.rest().await?;
    let end = rest.last().map(|event| event.data["data"].clone());
    let end = end.unwrap_or_default();
    assert_eq!(end["code"], "job_dead");
    assert!(end["reason"].to_string().contains("dead letters"), "{end}");
    assert!(!end.to_string().contains("it names no run"), "{end}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_was_given_up_is_found_behind_however_many_dead_letters() -> anyhow::Result<()> {
    const OTHERS: u64 = 2_100;
    let stage = Stage::set_with(watchful).await?;
    idle_worker(&stage).await?;
    let (_, _, mut sse) = waiting(&stage).await?;
    let delivery = Taker::new(&stage).take().await?;
    // The watchdog does not look before all is as it is to find it.
    let queued = async |when: &str| {
        let since = format!("UPDATE outbox SET queued_at = now() {when} WHERE kind = 'job'");
        stage.database.execute(&since).await
    };
    queued("+ interval '1 hour'").await?;
    let others: Vec<Job> = (0..OTHERS)
        .map(|_| Job {
            id: clock::id(),
            ..delivery.job.clone()
        })
        .collect();
    delivery.fail("it names no run").await?;
    let queue = stage.bus.queue(RUNS_QUEUE);
    queue.push(&others).await?;
    // The last read of the taker may have got some of them.
    let moved = queue.drain("a test").await?;
    assert!(moved > 2_000, "{moved}");
    queued("- interval '1 hour'").await?;
    let rest = sse.rest().await?;
    let end = rest.last().map(|event| event.data["data"].clone());
    assert_eq!(end.unwrap_or_default()["code"], "job_dead");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_job_is_set_aside_on_record_alone_waits_and_is_not_recovered()
-> anyhow::Result<()> {
    let stage = Stage::set_with(watchful).await?;
    idle_worker(&stage).await?;
    let (_, _, mut sse) = waiting(&stage).await?;
    let delivery = Taker::new(&stage).take().await?;
    stage
        .database
        .execute("UPDATE outbox SET set_aside = 'because of Eve' WHERE kind = 'job'")
        .await?;
    delivery.ack().await?;
    let told = sse.must().await?;
    assert!(note(&told).contains("set the job"), "{told:?}");
    assert!(!note(&told).contains("because of"), "{told:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_an_operator_paused_or_drained_away_waits_and_is_not_told_their_words()
-> anyhow::Result<()> {
    let stage = Stage::set_with(impatient).await?;
    idle_worker(&stage).await?;
    let reason = json!({"reason": "because of Eve"});
    let command = async |what: &str| {
        let path = format!("/api/queues/runs/{what}");
        stage.post(&path, &reason).await?.error_for_status()?;
        anyhow::Ok(())
    };
    command("pause").await?;
    let (_, run, mut sse) = waiting(&stage).await?;
    let paused = sse.must().await?;
    assert!(note(&paused).contains("paused the queue"), "{paused:?}");
    let queue = stage.bus.queue(RUNS_QUEUE);
    eventually("the job in the queue", async || {
        (queue.stats().await.ok()?.waiting == 1).then_some(())
    })
    .await?;
    command("drain").await?;
    command("resume").await?;
    let mut told = vec![paused];
    // Longer than a lost run is recovered.
    while told
        .iter()
        .filter(|one| note(one).contains("set the job"))
        .count()
        < 4
    {
        let next = sse.must().await?;
        assert_eq!(next.kind, "run.progress", "{next:?}");
        told.push(next);
    }
    assert!(!format!("{told:?}").contains("because of"), "{told:?}");
    assert_eq!(queue.stats().await?.waiting, 0, "it is left where it is");
    let back = stage.post("/api/queues/runs/dead/retry", &reason).await?;
    back.error_for_status()?;
    let delivery = Taker::new(&stage).take().await?;
    assert!(delivery.job.data.contains(&run.to_string()));
    Worker::claim(&stage, run).await?.complete("hi").await?;
    let rest = sse.rest().await?;
    let end = rest.last().map(|event| event.kind.clone());
    assert_eq!(end.as_deref(), Some("run.completed"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_job_an_operator_discarded_has_ended_and_is_not_put_back() -> anyhow::Result<()>
{
    let stage = Stage::set_with(watchful).await?;
    idle_worker(&stage).await?;
    let (conversation, run, mut sse) = waiting(&stage).await?;
    let wait = json!({"content": "later", "delivery": "wait"});
    let next = super::stage::run_id(&stage.say(conversation, &wait).await?)?;
    let queue = stage.bus.queue(RUNS_QUEUE);
    eventually("the job in the queue", async || {
        (queue.stats().await.ok()?.waiting == 1).then_some(())
    })
    .await?;
    let reason = json!({"reason": "because of Eve"});
    let drained = stage.post("/api/queues/runs/drain", &reason).await?;
    drained.error_for_status()?;
    let letter = queue.dead(1).await?.pop();
    let letter = letter.ok_or_else(|| anyhow::anyhow!("no dead letter"))?;
    let path = format!("/api/queues/runs/dead/{}?reason=Eve", letter.entry_id);
    let discarded = stage.request(Method::DELETE, &path).send().await?;
    assert_eq!(discarded.status(), 204);

    let rest = sse.rest().await?;
    let end = rest.last().map(|event| event.data["data"].clone());
    let end = end.unwrap_or_default();
    assert_eq!(end["code"], "job_discarded");
    assert!(!end.to_string().contains("Eve"), "{end}");
    let delivery = Taker::new(&stage).take().await?;
    assert!(
        delivery.job.data.contains(&next.to_string()),
        "{:?}",
        delivery.job
    );
    // The watchdog has looked since, or it would not speak of the next one.
    let mut sse = Sse::open(&stage, &format!("/api/runs/{next}/events"), None).await?;
    sse.until("run.progress").await?;
    let ended = stage.storage.run(stage.ada.scope, run).await?;
    assert_eq!(ended.map(|run| run.state), Some(RunState::Failed));
    let anew = format!("SELECT count(*) FROM outbox WHERE data LIKE '%{run}%' AND kind = 'job'");
    assert_eq!(stage.database.number(&anew).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_used_up_its_claims_is_ended_with_the_reason() -> anyhow::Result<()> {
    let stage = Stage::set_with(impatient).await?;
    let (_, run, mut sse) = waiting(&stage).await?;
    let _dead = Worker::claim(&stage, run).await?;
    let exhaust = "UPDATE runs SET claims = 5, lease_until = now() - interval '1 hour'";
    stage.database.execute(exhaust).await?;
    let rest = sse.rest().await?;
    let end = rest.last().map(|event| event.data["data"].clone());
    assert_eq!(end.unwrap_or_default()["code"], "crash_loop");
    let run = stage.storage.run(stage.ada.scope, run).await?;
    assert_eq!(run.map(|run| run.state), Some(RunState::Failed));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_cut_off_from_the_record_alone_shows_nothing_behind_the_end()
-> anyhow::Result<()> {
    let stage = Stage::set_with(impatient).await?;
    let (_, run, mut sse) = waiting(&stage).await?;
    let mut cut_off = Worker::claim(&stage, run).await?;
    cut_off.say("seen").await?;
    let noted = format!(
        "INSERT INTO run_watch (run_id, epoch, recoveries, spoken_at)
         VALUES ('{run}', 1, 0, now() - interval '1 hour');
         UPDATE runs SET claims = 5, lease_until = now() - interval '1 hour'"
    );
    stage.database.execute(&noted).await?;
    let rest = sse.rest().await?;
    assert_eq!(kinds(&rest), ["run.started", "text.delta", "run.failed"]);
    assert_eq!(rest[2].id, format!("{run}:2:4"));
    let refused = eventually("the end on the stream", async || {
        cut_off.say("unheard").await.err()
    });
    assert!(refused.await?.to_string().contains("fenced"));
    let mut later = Sse::open(&stage, &format!("/api/runs/{run}/events"), None).await?;
    let ids: Vec<String> = later.rest().await?.into_iter().map(|one| one.id).collect();
    assert_eq!(
        ids,
        ["0:1", "1:2", "1:3", "2:4"].map(|at| format!("{run}:{at}"))
    );
    let watched = "SELECT count(*) FROM run_watch";
    assert_eq!(stage.database.number(watched).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_worker_is_gone_goes_on_from_its_record_without_gap_or_repetition()
-> anyhow::Result<()> {
    let stage = Stage::set_with(impatient).await?;
    let (_, run, mut sse) = waiting(&stage).await?;
    let short = Duration::from_millis(300);
    let mut gone = Worker::claim_as(&stage, run, clock::id(), short).await?;
    for word in ["never", " recorded"] {
        gone.say(word).await?;
    }
    let seen = sse.until("run.progress").await?;
    assert_eq!(
        kinds(&seen),
        [
            "run.started",
            "text.delta",
            "text.delta",
            "run.resumed",
            "run.progress"
        ]
    );
    assert_eq!(seen[3].data["data"]["rewindTo"], 1);
    assert_eq!(
        [&seen[3].id, &seen[4].id],
        [&format!("{run}:2:2"), &format!("{run}:2:3")]
    );
    assert!(
        gone.record().await.is_err(),
        "who was gone records nothing more"
    );

    let mut worker = Worker::claim(&stage, run).await?;
    // The watchdog may have spoken once more before somebody came.
    let told = usize::try_from(worker.last.seq)?.saturating_sub(4);
    assert_eq!(worker.last.epoch, 3);
    worker.say("hi").await?;
    worker.complete("hi").await?;
    let rest = sse.rest().await?;
    let mut expected = vec!["run.progress"; told];
    expected.extend(["run.resumed", "text.delta", "run.completed"]);
    assert_eq!(kinds(&rest), expected);
    let mut later = Sse::open(&stage, &format!("/api/runs/{run}/events"), None).await?;
    let ids: Vec<String> = later
        .rest()
        .await?
        .into_iter()
        .map(|event| event.id)
        .collect();
    let epochs = [&[0, 2, 2][..], &vec![2; told], &[3; 3]].concat();
    let recorded = (1..).zip(epochs);
    let recorded: Vec<_> = recorded
        .map(|(seq, epoch)| format!("{run}:{epoch}:{seq}"))
        .collect();
    assert_eq!(ids, recorded);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_gateways_one_speaks_and_the_other_takes_its_place() -> anyhow::Result<()> {
    let mut stage = Stage::set_with(impatient).await?;
    stage.add_gateway().await?;
    let (_, run, mut sse) = waiting(&stage).await?;
    let mut times = Vec::new();
    for seq in 2..=4 {
        let told = sse.must().await?;
        assert_eq!(told.id, format!("{run}:0:{seq}"));
        times.push(told.data["time"].to_string());
    }
    times.dedup();
    assert_eq!(times.len(), 3, "nothing is said twice: {times:?}");
    stage.gateways.remove(0).stop().await?;
    let head = async || {
        stage
            .storage
            .run_head(run)
            .await
            .ok()??
            .last
            .seq
            .checked_sub(5)
    };
    eventually("the other gateway to speak", head).await?;
    Ok(())
}
