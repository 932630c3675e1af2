use serde_json::json;

use super::*;

fn frame(seq: u32, kind: &str, data: &Value) -> Frame {
    let id = "01890000-0000-7000-8000-000000000001";
    let json = json!({"id": format!("{id}:1:{seq}"), "type": kind, "time": "2026-01-02T03:04:05Z",
        "conversationId": id, "runId": id, "epoch": 1, "seq": seq, "data": data});
    Frame::parse(&json.to_string()).unwrap()
}

fn fold(frames: &[(u32, &str, Value)]) -> Turn {
    let mut transcript = Transcript::default();
    for (seq, kind, data) in frames {
        transcript.apply(&frame(*seq, kind, data));
    }
    assert_eq!(transcript.turns().len(), 1);
    transcript.turns()[0].clone()
}

fn text(text: &str) -> Value {
    json!({"step": 3, "text": text})
}

fn first_half() -> Vec<(u32, &'static str, Value)> {
    vec![
        (1, "run.accepted", json!({"content": "2+2?"})),
        (
            2,
            "run.started",
            json!({"agent": "jarvis", "model": "offline/offline"}),
        ),
        (
            3,
            "step.started",
            json!({"step": 1, "kind": "STEP_KIND_MODEL"}),
        ),
        (4, "thinking.delta", json!({"step": 1, "text": "hm"})),
        (
            5,
            "step.completed",
            json!({"step": 1, "kind": "STEP_KIND_MODEL", "usage": {"inputTokens": 7}}),
        ),
        (
            6,
            "tool.started",
            json!({"step": 2, "callId": "c", "name": "calculator", "arguments": {"e": "2+2"}}),
        ),
        (
            7,
            "tool.completed",
            json!({"step": 2, "callId": "c", "name": "calculator",
            "outcome": "TOOL_OUTCOME_SUCCEEDED", "output": "4"}),
        ),
        (
            8,
            "step.completed",
            json!({"step": 2, "kind": "STEP_KIND_TOOL", "usage": {}, "durationMs": 40}),
        ),
    ]
}

#[test]
fn events_fold_into_what_a_person_reads() {
    let mut frames = first_half();
    frames.push((9, "text.delta", text("It is ")));
    frames.push((10, "text.delta", text("4.")));
    frames.push((
        11,
        "run.completed",
        json!({"content": "It is 4.", "usage": {"inputTokens": 9}}),
    ));
    let turn = fold(&frames);
    assert_eq!(turn.answer(), "It is 4.");
    assert_eq!(turn.usage.input_tokens, 9);
    assert_eq!(turn.blocks.len(), 4);
    let tool = Block::Tool {
        step: 2,
        call_id: "c".into(),
        name: "calculator".into(),
        arguments: json!({"e": "2+2"}),
        result: Some((ToolOutcome::Succeeded, "4".into())),
        started_at: turn.began_at,
        duration_ms: Some(40),
    };
    assert_eq!(turn.blocks[2], tool);
    assert_eq!(turn.last_call.map(|usage| usage.input_tokens), Some(7));
    assert!(turn.began_at.is_some() && turn.ended_at.is_some());
    let ended = TurnState::Ended {
        state: RunState::Completed,
        reason: None,
        code: None,
    };
    assert_eq!(turn.state, ended);
}

#[test]
fn what_became_void_is_dropped_and_recorded_steps_stay() {
    let mut frames = first_half();
    frames.push((9, "text.delta", text("Perhaps ")));
    frames.push((10, "text.delta", text("fi")));
    frames.push((11, "run.resumed", json!({"rewindTo": 8})));
    let turn = fold(&frames);
    assert_eq!(turn.answer(), "");
    assert_eq!(
        turn.blocks.len(),
        3,
        "message, thinking and tool hold: {:?}",
        turn.blocks
    );
    assert_eq!(turn.usage.input_tokens, 7);
    assert_eq!(turn.state, TurnState::Running);

    frames.push((12, "text.delta", text("It is 4.")));
    assert_eq!(fold(&frames).answer(), "It is 4.");
}

#[test]
fn a_second_takeover_rewinds_behind_the_first() {
    let mut frames = first_half();
    frames.push((9, "run.resumed", json!({"rewindTo": 8})));
    frames.push((10, "text.delta", text("a")));
    frames.push((11, "run.resumed", json!({"rewindTo": 5})));
    frames.push((12, "text.delta", text("b")));
    let turn = fold(&frames);
    assert_eq!(turn.answer(), "b");
    assert_eq!(
        turn.blocks.len(),
        3,
        "the tool call is void: {:?}",
        turn.blocks
    );
}

#[test]
fn a_tool_whose_start_was_never_seen_still_shows_its_outcome() {
    let turn = fold(&[(
        9,
        "tool.completed",
        json!({"step": 2, "callId": "c", "name": "mail", "outcome": "TOOL_OUTCOME_UNKNOWN", "output": "nobody knows"}),
    )]);
    let Block::Tool { result, .. } = &turn.blocks[0] else {
        panic!("no tool")
    };
    assert_eq!(*result, Some((ToolOutcome::Unknown, "nobody knows".into())));
}

#[test]
fn an_answer_that_came_without_deltas_is_still_there() {
    let turn = fold(&[(2, "run.completed", json!({"content": "Done."}))]);
    assert_eq!(turn.answer(), "Done.");
}

#[test]
fn a_failure_keeps_its_code_and_reason() {
    let turn = fold(&[(
        2,
        "run.failed",
        json!({"code": "provider_auth", "reason": "wrong key"}),
    )]);
    let TurnState::Ended {
        state,
        reason,
        code,
    } = turn.state
    else {
        panic!("not ended")
    };
    assert_eq!(
        (state, reason.as_deref(), code.as_deref()),
        (RunState::Failed, Some("wrong key"), Some("provider_auth"))
    );
}

#[test]
fn a_paused_turn_says_why_and_goes_on_where_it_was() {
    let mut frames = first_half();
    frames.push((9, "run.paused", json!({"reason": "lunch"})));
    let turn = fold(&frames);
    let paused = TurnState::Paused {
        reason: "lunch".into(),
    };
    assert_eq!(turn.state, paused);
    assert!(!turn.is_ended());

    frames.push((10, "run.resumed", json!({"rewindTo": 9})));
    let turn = fold(&frames);
    assert_eq!(turn.state, TurnState::Running);
    assert_eq!(turn.blocks.len(), 3, "{:?}", turn.blocks);
}

#[test]
fn a_sign_of_life_is_shown_until_something_happens() {
    let mut frames = vec![(2, "run.progress", json!({"note": "waiting for the model"}))];
    assert_eq!(fold(&frames).note.as_deref(), Some("waiting for the model"));
    frames.push((3, "text.delta", text("a")));
    assert_eq!(fold(&frames).note, None);
}

#[test]
fn the_answer_to_a_message_that_joined_begins_behind_it() {
    let joined = "01890000-0000-7000-8000-000000000002";
    let turn = fold(&[
        (1, "run.accepted", json!({"content": "first"})),
        (2, "text.delta", text("before")),
        (
            3,
            "message.added",
            json!({"messageId": joined, "content": "second"}),
        ),
        (4, "text.delta", json!({"step": 4, "text": "after"})),
    ]);
    assert_eq!(
        turn.answer_to(joined.parse().unwrap()).as_deref(),
        Some("after")
    );
    assert_eq!(
        turn.answer_to("01890000-0000-7000-8000-000000000003".parse().unwrap()),
        None
    );
    assert_eq!(turn.answer(), "before\n\nafter");
}
