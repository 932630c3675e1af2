//! The loop against a scripted model, a scripted tool and a journal in memory.

mod doubles;
mod pause;

use mosaic_domain::{EndState, NumberedStep, RunEvent, StepRecord, ToolOutcome, ToolState};
use mosaic_llm::{FinishReason, LlmErrorKind};
use serde_json::json;

use crate::transcript::ModelOutput;
use crate::{Stop, Stopper, ToolOutput};
use doubles::{Scene, answer, ask_tool, failing, hanging, says};

#[tokio::test]
async fn a_plain_answer_ends_the_run_with_its_text() {
    let scene = Scene::new(vec![says(&["Hel", "lo"])]);
    let journal = scene.run().await;
    assert_eq!(journal.end, Some(EndState::Completed));
    assert_eq!(journal.answer.as_deref(), Some("Hello"));
    assert_eq!(
        journal.kinds(),
        ["step.started", "text.delta", "text.delta", "step.completed"]
    );
}

#[tokio::test]
async fn what_is_recalled_is_shown_and_stands_in_the_prompt_of_every_model_call() {
    let scene = Scene::new(vec![ask_tool("c1", "probe"), says(&["done"])])
        .reminding_of("My dog is called Rex.");
    let journal = scene.run().await;
    assert_eq!(journal.kinds()[0], "memory.recalled");
    let recalled = journal.kinds().into_iter();
    assert_eq!(
        recalled.filter(|kind| *kind == "memory.recalled").count(),
        1
    );
    let systems = scene.systems();
    assert_eq!(systems.len(), 2);
    for system in systems {
        assert!(system.starts_with("Be brief.\n\n<memories>"), "{system}");
        assert!(system.contains("called Rex"), "{system}");
    }
}

#[tokio::test]
async fn a_summary_of_earlier_messages_stands_before_what_is_recalled() {
    let scene = Scene::new(vec![says(&["done"])])
        .reminding_of("My dog is called Rex.")
        .after("They planned a trip to Rome.");
    scene.run().await;
    let system = scene.systems().remove(0);
    let at = |text: &str| system.find(text);
    assert!(
        at("Be brief.") < at("summary of the earlier messages"),
        "{system}"
    );
    assert!(at("trip to Rome") < at("<memories>"), "{system}");
    assert!(at("trip to Rome").is_some());
}

#[tokio::test]
async fn without_memories_the_prompt_is_as_configured_and_nothing_is_shown() {
    let scene = Scene::new(vec![says(&["done"])]);
    let journal = scene.run().await;
    assert!(!journal.kinds().contains(&"memory.recalled"));
    assert_eq!(scene.systems(), ["Be brief."]);
}

#[tokio::test]
async fn a_tool_call_is_recorded_before_the_tool_begins() {
    let scene = Scene::new(vec![ask_tool("c1", "probe"), says(&["done"])]);
    let journal = scene.run().await;
    assert_eq!(scene.tool_calls(), 1);
    let states = journal.tool_states(2);
    assert_eq!(
        states,
        [ToolState::Planned, ToolState::Started, ToolState::Completed]
    );
    assert_eq!(scene.tool_saw_recorded_state(), Some(ToolState::Started));
    assert_eq!(journal.answer.as_deref(), Some("done"));
}

#[tokio::test]
async fn a_recorded_model_step_is_not_asked_for_again_after_a_crash() {
    let scene = Scene::new(vec![says(&["done"])]);
    let steps = vec![
        scene.model_step(1, &[("c1", "probe")]),
        scene.tool_step(2, "c1", ToolState::Planned),
    ];
    let journal = scene.resume(steps).await;
    assert_eq!(scene.model_calls(), 1, "only the call after the tool");
    assert_eq!(
        scene.tool_calls(),
        1,
        "a planned tool has certainly not run"
    );
    assert_eq!(journal.answer.as_deref(), Some("done"));
}

#[tokio::test]
async fn a_tool_that_may_have_run_is_reported_as_unknown_and_not_repeated() {
    let scene = Scene::new(vec![says(&["I do not know"])]);
    let steps = vec![
        scene.model_step(1, &[("c1", "probe")]),
        scene.tool_step(2, "c1", ToolState::Started),
    ];
    let journal = scene.resume(steps).await;
    assert_eq!(scene.tool_calls(), 0);
    let told = scene.last_request();
    assert!(told.contains("outcome of this call is unknown"), "{told}");
    assert!(journal.events.iter().any(|event| matches!(
        event,
        RunEvent::ToolCompleted {
            outcome: ToolOutcome::Unknown,
            ..
        }
    )));
}

#[tokio::test]
async fn an_idempotent_tool_that_may_have_run_is_run_again() {
    let scene = Scene::new(vec![says(&["done"])]).with_idempotent_tool();
    let steps = vec![
        scene.model_step(1, &[("c1", "probe")]),
        scene.tool_step(2, "c1", ToolState::Started),
    ];
    scene.resume(steps).await;
    assert_eq!(scene.tool_calls(), 1);
}

#[tokio::test]
async fn a_finished_tool_is_not_run_again_after_a_crash() {
    let scene = Scene::new(vec![says(&["done"])]);
    let output = ToolOutput {
        outcome: ToolOutcome::Succeeded,
        output: "42".into(),
    };
    let mut tool = scene.tool_step(2, "c1", ToolState::Completed);
    let StepRecord::Tool {
        output: recorded, ..
    } = &mut tool.record
    else {
        unreachable!()
    };
    *recorded = Some(json!(output));
    scene
        .resume(vec![scene.model_step(1, &[("c1", "probe")]), tool])
        .await;
    assert_eq!(scene.tool_calls(), 0);
    assert!(scene.last_request().contains("42"));
}

#[tokio::test]
async fn results_are_read_in_the_order_of_the_calls() {
    let scene = Scene::new(vec![
        answer(&[("a", "probe"), ("b", "missing")]),
        says(&["done"]),
    ]);
    scene.run().await;
    let request = scene.last_request();
    let (a, b) = (
        request.rfind("\"a\"").unwrap(),
        request.rfind("\"b\"").unwrap(),
    );
    assert!(a < b, "{request}");
}

#[tokio::test]
async fn a_message_that_joins_in_the_last_moment_is_answered_before_the_run_ends() {
    let scene = Scene::new(vec![says(&["first"]), says(&["second"])]).with_late_message("and now?");
    let journal = scene.run().await;
    assert_eq!(journal.answer.as_deref(), Some("second"));
    assert!(scene.last_request().contains("and now?"));
    let added = journal
        .kinds()
        .iter()
        .filter(|kind| **kind == "message.added")
        .count();
    assert_eq!(added, 1);
}

#[tokio::test]
async fn what_a_broken_attempt_had_shown_is_taken_back() {
    let scene = Scene::new(vec![
        failing(&["half"], LlmErrorKind::Network),
        says(&["whole"]),
    ]);
    let journal = scene.run().await;
    assert_eq!(journal.answer.as_deref(), Some("whole"));
    let rewinds: Vec<u32> = journal
        .events
        .iter()
        .filter_map(|event| match event {
            RunEvent::Resumed { rewind_to, .. } => Some(*rewind_to),
            _ => None,
        })
        .collect();
    assert_eq!(
        rewinds,
        [0],
        "everything after the start of the log is void"
    );
}

#[tokio::test]
async fn a_wrong_key_fails_the_run_at_once_with_the_setting_to_change() {
    let scene = Scene::new(vec![failing(&[], LlmErrorKind::Auth)]);
    let journal = scene.run().await;
    let Some(EndState::Failed { code, reason }) = journal.end else {
        unreachable!()
    };
    assert_eq!(code, "provider_auth");
    assert!(reason.contains("providers.scripted.api_key"), "{reason}");
    assert_eq!(scene.model_calls(), 1);
}

#[tokio::test]
async fn an_agent_that_only_calls_tools_is_ended_at_its_limit() {
    let script = (0..9)
        .map(|n| ask_tool(&format!("c{n}"), "probe"))
        .collect();
    let journal = Scene::new(script).run().await;
    assert!(matches!(journal.end, Some(EndState::Failed { code, .. }) if code == "step_limit"));
}

#[tokio::test]
async fn a_stopped_run_keeps_what_the_model_had_said() {
    let scene = Scene::new(vec![hanging(&["so far"])]);
    let stopper = Stopper::new();
    let end = EndState::Cancelled {
        reason: "enough".into(),
    };
    let stop = stopper.clone();
    let ending = end.clone();
    let journal = scene
        .run_until(&stopper, async move { stop.stop(Stop::End(ending)) })
        .await;
    assert_eq!(journal.end, Some(end));
    assert_eq!(journal.answer.as_deref(), Some("so far"));
}

#[tokio::test]
async fn a_run_that_is_to_be_left_writes_nothing_more() {
    let scene = Scene::new(vec![hanging(&["so far"])]);
    let stopper = Stopper::new();
    let stop = stopper.clone();
    let journal = scene
        .run_until(&stopper, async move { stop.stop(Stop::Leave) })
        .await;
    assert_eq!((journal.end, journal.records.len()), (None, 0));
}

#[test]
fn leaving_overrides_ending() {
    let stopper = Stopper::new();
    stopper.stop(Stop::End(EndState::Completed));
    stopper.stop(Stop::Leave);
    stopper.stop(Stop::End(EndState::Completed));
    assert_eq!(stopper.signal().stopped(), Some(Stop::Leave));
}

#[tokio::test]
async fn a_step_that_cannot_be_read_fails_the_run_instead_of_repeating_it() {
    let scene = Scene::new(vec![]);
    let record = StepRecord::Model {
        model: "m".into(),
        context_seq: 1,
        output: json!({"blocks": "my secret", "finish": "stop"}),
        duration_ms: 1,
    };
    let journal = scene.resume(vec![NumberedStep { step: 1, record }]).await;
    let Some(EndState::Failed { code, reason }) = journal.end else {
        unreachable!()
    };
    assert_eq!(code, "unreadable_step");
    assert!(reason.contains("Step 1"), "{reason}");
    assert!(!reason.contains("secret"), "{reason}");
}

#[test]
fn a_model_output_survives_its_record() {
    let output = ModelOutput {
        blocks: vec![mosaic_llm::AssistantBlock::Text { text: "hi".into() }],
        finish: FinishReason::Stop,
        usage: mosaic_llm::Usage::default(),
    };
    let back: ModelOutput = serde_json::from_value(json!(output)).unwrap();
    assert_eq!(back, output);
}
