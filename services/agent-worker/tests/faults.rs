//! Runs that meet defects: of tools, of models, of timing, of other people's transactions.

#[path = "faults/stage.rs"]
mod stage;

use std::time::Duration;

use anyhow::Context as _;
use mosaic_bus::Pause;
use mosaic_domain::{Delivery, EndState, InstanceId, RunId, RunState, Usage};
use mosaic_proto::job::{Job, OutboxEntry, RUNS_QUEUE};
use mosaic_runtime::clock;
use mosaic_storage::{Acceptance, Checkpoint, Claim, Commanded, DeliveredJob, Finish};
use mosaic_testkit::model_server::Script;
use mosaic_testkit::service::eventually;
use serde_json::json;
use stage::Stage;

const LEASE: Duration = Duration::from_secs(6);

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_panics_fails_and_the_run_goes_on() -> anyhow::Result<()> {
    let script = Script::echo()
        .when("x")
        .tool_call("panics", json!({}))
        .then_text("done");
    let stage = Stage::with_worker(script).await?;
    let run = stage.say("x").await?.run_id;
    let run = stage.ended(run).await?;
    assert_eq!(run.state, RunState::Completed, "{run:?}");
    let steps = stage
        .storage
        .run_steps(stage.scope, run.id)
        .await?
        .unwrap_or_default();
    assert!(
        format!("{steps:?}").contains("a defect of its own"),
        "{steps:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn null_characters_of_models_and_tools_do_no_harm() -> anyhow::Result<()> {
    let script = Script::echo()
        .when("tool")
        .tool_call("null", json!({"a\0b": "c\0d"}))
        .then_text("after the tool")
        .when("model")
        .text("hello \u{0} there");
    let stage = Stage::with_worker(script).await?;
    for message in ["tool", "model"] {
        let run = stage.say(message).await?.run_id;
        let run = stage.ended(run).await?;
        assert_eq!(
            (run.state, run.epoch),
            (RunState::Completed, 1),
            "{message}: {run:?}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_job_that_is_put_back_for_a_run_that_has_ended_changes_nothing() -> anyhow::Result<()>
{
    let stage = Stage::with_worker(Script::echo()).await?;
    let run = stage.say("x").await?.run_id;
    let ended = stage.ended(run).await?;
    let operator = stage.operator().await?;
    let queue = operator.queue(RUNS_QUEUE);
    let pause = Pause {
        id: clock::id(),
        queue: RUNS_QUEUE.into(),
        reason: "a test".into(),
        by: "Somebody".into(),
        at: clock::now(),
    };
    operator.pause(&pause).await?;
    let (run_id, conversation_id) = (run.to_string(), ended.conversation_id.to_string());
    let job = Job {
        id: clock::id(),
        queue: RUNS_QUEUE.into(),
        workspace_id: stage.scope.workspace_id,
        priority: 5,
        created_at: clock::now(),
        ordering_key: None,
        idempotency_key: None,
        not_before: None,
        traceparent: None,
        data: json!({"runId": run_id, "conversationId": conversation_id}).to_string(),
    };
    queue.push(&[job]).await?;
    assert_eq!(operator.drain(RUNS_QUEUE, "a test").await?, 1);
    assert_eq!(operator.retry_all_dead(RUNS_QUEUE, 10).await?, 1);
    let undone = async || stage.storage.outbox_undone(RUNS_QUEUE, None, 10).await;
    assert_eq!(undone().await?.0.len(), 1, "it is on record again");

    operator.resume(RUNS_QUEUE).await?;
    eventually("the job to be done", async || {
        let stats = queue.stats().await.ok()?;
        (stats.depth == [0; 3] && undone().await.ok()?.0.is_empty()).then_some(())
    })
    .await?;
    assert_eq!(queue.stats().await?.dead, 0);
    let after = stage.ended(run).await?;
    assert_eq!((after.state, after.epoch), (ended.state, ended.epoch));
    Ok(())
}

/// Has Postgres refuse every step with this state.
fn refuse_steps(state: &str) -> String {
    format!(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '{state}'; END $$;
         CREATE TRIGGER refuse BEFORE INSERT ON run_steps FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_steps_the_record_refuses_ends_and_is_paid_for_once() -> anyhow::Result<()> {
    for state in ["22P05", "23514", "54000"] {
        let stage = Stage::with_worker(Script::echo()).await?;
        stage.sql(&refuse_steps(state)).await?;
        let run = stage.say("x").await?.run_id;
        let run = stage.ended(run).await?;
        assert_eq!(run.state, RunState::Failed, "{run:?}");
        assert_eq!(run.end_code.as_deref(), Some("record_refused"));
        assert_eq!((run.epoch, stage.asked()?), (1, 1), "{state}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_the_record_refuses_for_other_reasons_is_not_tried_for_ever()
-> anyhow::Result<()> {
    let stage = Stage::with_worker(Script::echo()).await?;
    stage.sql(&refuse_steps("42501")).await?;
    let run = stage.say("x").await?.run_id;
    let run = stage.ended(run).await?;
    assert_eq!(run.end_code.as_deref(), Some("crash_loop"), "{run:?}");
    assert_eq!(stage.asked()?, 5);
    Ok(())
}

#[tokio::test]
async fn a_job_does_no_run_but_its_own() -> anyhow::Result<()> {
    let stage = Stage::without_worker().await?;
    let sent = stage.say("x").await?;
    let run = sent.run_id;
    let own = sent.outbox.iter().find_map(|entry| match entry {
        OutboxEntry::Job(job) => Some(DeliveredJob {
            id: job.id,
            workspace_id: job.workspace_id,
        }),
        OutboxEntry::SetAside(..) | OutboxEntry::Event(_) => None,
    });
    let own = own.context("a job")?;
    let claim = async |job: DeliveredJob| {
        let worker: InstanceId = clock::id();
        stage
            .storage
            .claim_delivered(run, job, worker, LEASE, 10)
            .await
    };
    let foreign = [
        DeliveredJob {
            id: clock::id(),
            ..own
        },
        DeliveredJob {
            workspace_id: clock::id(),
            ..own
        },
    ];
    for job in foreign {
        let refused = claim(job).await?;
        assert!(matches!(refused, Claim::OfAnotherJob), "{refused:?}");
    }
    // Whoever is paused and resumed is done by a fresh job, and by that alone.
    stage
        .storage
        .pause_run(&stage.command(run, "lunch"))
        .await?;
    let fresh = DeliveredJob {
        id: clock::id(),
        ..own
    };
    let resume = stage.command(run, "back");
    stage.storage.resume_run(&resume, fresh.id).await?;
    assert!(matches!(claim(own).await?, Claim::OfAnotherJob));
    assert!(matches!(claim(fresh).await?, Claim::Claimed(_)));
    // A second delivery waits for the lease, and takes it over then.
    assert!(matches!(claim(fresh).await?, Claim::Held { .. }));
    stage
        .sql("UPDATE runs SET lease_until = now() - interval '1 minute'")
        .await?;
    assert!(matches!(claim(fresh).await?, Claim::Claimed(_)));
    Ok(())
}

#[tokio::test]
async fn a_message_to_a_run_that_is_being_stopped_gets_a_run_of_its_own() -> anyhow::Result<()> {
    let stage = Stage::without_worker().await?;
    let first = stage.say("one").await?;
    let claimed = stage.claim(first.run_id).await?;
    let late = stage
        .say_to(claimed.conversation_id, "before the stop", Delivery::Steer)
        .await?;
    assert_eq!(late.acceptance, Acceptance::Joined);
    let asked = stage
        .storage
        .stop_run(&stage.command(first.run_id, "stop"))
        .await?;
    assert!(
        matches!(asked, Some(Commanded::Requested { .. })),
        "{asked:?}"
    );
    let after = stage
        .say_to(claimed.conversation_id, "after the stop", Delivery::Steer)
        .await?;
    assert_eq!(after.acceptance, Acceptance::Waiting);
    let end = EndState::Cancelled {
        reason: "stop".into(),
    };
    let checkpoint = Checkpoint {
        steps: &[],
        log: &[],
        usage: Usage::default(),
        lease: LEASE,
        seen_seq: 1,
    };
    let (successor, successor_job) = (clock::id(), clock::id());
    let finish = Finish {
        scope: stage.scope,
        conversation_id: claimed.conversation_id,
        job_id: claimed.job_id,
        end: &end,
        answer: None,
        checkpoint,
        successor,
        successor_job,
        ended_at: clock::now(),
        traceparent: None,
    };
    stage.storage.finish_run(claimed.fence, &finish).await?;
    let runs = stage
        .storage
        .runs(stage.scope, claimed.conversation_id, 9)
        .await?;
    let states: Vec<_> = runs.iter().rev().map(|run| (run.id, run.state)).collect();
    assert_eq!(
        states,
        [
            (first.run_id, RunState::Cancelled),
            (after.run_id, RunState::Queued),
            (successor, RunState::Queued),
        ]
    );
    let next = stage.claim(after.run_id).await?;
    assert_eq!(next.messages[0].content, "after the stop");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn many_claims_of_held_runs_do_not_wait_for_each_other() -> anyhow::Result<()> {
    let stage = Stage::without_worker().await?;
    let mut held = Vec::new();
    for _ in 0..stage::CONNECTIONS {
        let run = stage.say("x").await?.run_id;
        stage.claim(run).await?;
        held.push(run);
    }
    let other: InstanceId = clock::id();
    let begun = std::time::Instant::now();
    let claims = held
        .iter()
        .map(|run| stage.storage.claim_run(*run, other, LEASE, 10));
    for claim in futures::future::try_join_all(claims).await? {
        assert!(matches!(claim, Claim::Held { .. }), "{claim:?}");
    }
    assert!(
        begun.elapsed() < Duration::from_secs(3),
        "{:?}",
        begun.elapsed()
    );
    Ok(())
}

#[tokio::test]
async fn a_run_that_is_being_written_does_not_cost_the_others_their_leases() -> anyhow::Result<()> {
    let stage = Stage::without_worker().await?;
    let worker: InstanceId = clock::id();
    let mut held: Vec<(RunId, u32)> = Vec::new();
    for _ in 0..3 {
        let run = stage.say("x").await?.run_id;
        stage.claim_as(run, worker).await?;
        held.push((run, 1));
    }
    let lock = format!("SELECT 1 FROM runs WHERE id = '{}' FOR UPDATE", held[1].0);
    let _locked = stage.hold_a_transaction(&lock).await?;
    let renewal = stage.storage.renew_leases(worker, &held, LEASE);
    let renewed = tokio::time::timeout(Duration::from_secs(2), renewal).await??;
    assert_eq!(
        renewed.len(),
        3,
        "the locked one is still held, and the others were not blocked"
    );
    Ok(())
}
