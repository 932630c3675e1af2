//! Halting between two steps.

use mosaic_domain::{EndState, NumberedStep, ToolState};
use mosaic_llm::LlmErrorKind;

use super::doubles::{MemoryJournal, Scene, ask_tool, failing, hanging, says};
use crate::{Stop, Stopper};

fn wanted() -> Stopper {
    let stopper = Stopper::new();
    stopper.pause("lunch");
    stopper.pause("another reason");
    stopper
}

/// The steps as the last record of each leaves them.
fn steps(journal: &MemoryJournal) -> Vec<NumberedStep> {
    let mut steps: Vec<NumberedStep> = Vec::new();
    for step in journal.records.iter().flat_map(|record| &record.steps) {
        steps.retain(|one| one.step != step.step);
        steps.push(step.clone());
    }
    steps
}

#[tokio::test]
async fn a_run_that_is_to_halt_before_it_began_makes_no_call() {
    let scene = Scene::new(vec![says(&["done"])]);
    let journal = scene.run_until(&wanted(), std::future::pending()).await;
    assert_eq!(journal.paused.as_deref(), Some("lunch"));
    assert_eq!((journal.end, scene.model_calls()), (None, 0));
}

#[tokio::test]
async fn the_call_in_hand_is_finished_and_no_tool_begins() {
    let scene = Scene::new(vec![ask_tool("c1", "probe"), says(&["done"])]);
    let stopper = Stopper::new();
    let pause = stopper.clone();
    let journal = scene
        .run_while_the_model_speaks(&stopper, move || pause.pause("lunch"))
        .await;
    assert_eq!(journal.paused.as_deref(), Some("lunch"));
    assert_eq!((scene.model_calls(), scene.tool_calls()), (1, 0));
    assert_eq!(journal.tool_states(2), [ToolState::Planned]);

    let journal = scene.resume(steps(&journal)).await;
    assert_eq!(journal.answer.as_deref(), Some("done"));
    assert_eq!((scene.model_calls(), scene.tool_calls()), (2, 1));
}

#[tokio::test]
async fn a_final_answer_that_is_being_written_ends_the_run_and_halts_nothing() {
    let scene = Scene::new(vec![says(&["done"])]);
    let stopper = Stopper::new();
    let pause = stopper.clone();
    let journal = scene
        .run_while_the_model_speaks(&stopper, move || pause.pause("lunch"))
        .await;
    assert_eq!(
        (journal.end, journal.paused),
        (Some(EndState::Completed), None)
    );
}

#[tokio::test]
async fn a_wish_that_was_withdrawn_halts_nothing() {
    let scene = Scene::new(vec![says(&["done"])]).with_withdrawn_pause();
    let stopper = wanted();
    let journal = scene.run_until(&stopper, std::future::pending()).await;
    assert_eq!(journal.answer.as_deref(), Some("done"));
    assert_eq!(stopper.signal().pausing(), None);
}

#[tokio::test]
async fn a_run_halts_while_it_waits_for_another_attempt() {
    let scene = Scene::new(vec![failing(&["half"], LlmErrorKind::Overloaded)]).waiting_for_ever();
    let stopper = Stopper::new();
    let pause = stopper.clone();
    let journal = scene
        .run_until(&stopper, async move { pause.pause("lunch") })
        .await;
    assert_eq!(journal.paused.as_deref(), Some("lunch"));
    assert_eq!(scene.model_calls(), 1);
}

#[tokio::test]
async fn a_stop_comes_before_a_halt() {
    let scene = Scene::new(vec![hanging(&["so far"])]);
    let stopper = Stopper::new();
    let stop = stopper.clone();
    let end = EndState::Cancelled {
        reason: "enough".into(),
    };
    let ending = end.clone();
    let journal = scene
        .run_until(&stopper, async move {
            stop.pause("lunch");
            stop.stop(Stop::End(ending));
        })
        .await;
    assert_eq!((journal.end, journal.paused), (Some(end), None));
}
