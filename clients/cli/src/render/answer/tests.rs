use std::fmt::Write as _;

use serde_json::json;

use super::*;

const ID: &str = "01890000-0000-7000-8000-000000000001";

fn print(frames: &[(&str, Value)]) -> String {
    let mut answer = Answer::to(ID.parse().unwrap(), true);
    let mut printed = String::new();
    for (index, (kind, data)) in frames.iter().enumerate() {
        let seq = index + 1;
        let json = json!({"id": format!("{ID}:1:{seq}"), "type": kind, "time": "2026-01-02T03:04:05Z",
            "conversationId": ID, "runId": ID, "epoch": 1, "seq": seq, "data": data});
        for piece in answer.apply(&Frame::parse(&json.to_string()).unwrap()) {
            match piece {
                Piece::Data(text) => printed.push_str(&text),
                Piece::Talk(_, line) => writeln!(printed, "[{line}]").unwrap(),
            }
        }
    }
    printed
}

fn accepted() -> (&'static str, Value) {
    ("run.accepted", json!({"messageId": ID, "content": "?"}))
}

fn text(step: u32, text: &str) -> (&'static str, Value) {
    ("text.delta", json!({"step": step, "text": text}))
}

#[test]
fn tools_and_thinking_are_asides() {
    let frames = [
        accepted(),
        (
            "thinking.delta",
            json!({"step": 1, "text": "a sum,\nso the "}),
        ),
        ("thinking.delta", json!({"step": 1, "text": "calculator"})),
        (
            "tool.started",
            json!({"step": 2, "callId": "c", "name": "calculator", "arguments": {"expression": "2+2"}}),
        ),
        (
            "tool.completed",
            json!({"step": 2, "callId": "c", "name": "calculator",
            "outcome": "TOOL_OUTCOME_SUCCEEDED", "output": "4\u{1b}[2J"}),
        ),
        text(3, "It is "),
        text(3, "4."),
        ("run.completed", json!({"content": "It is 4."})),
    ];
    insta::assert_snapshot!(print(&frames), @r#"
    [┊ a sum,]
    [┊ so the calculator]
    [calculator {"expression":"2+2"}]
    [calculator → 4[2J]
    It is 4.
    "#);
}

#[test]
fn text_that_comes_again_after_a_takeover_is_printed_once() {
    let frames = [
        accepted(),
        text(1, "One, two, th"),
        ("run.resumed", json!({"rewindTo": 1})),
        text(1, "One, "),
        text(1, "two, three."),
        ("run.completed", json!({"content": "One, two, three."})),
    ];
    assert_eq!(
        print(&frames),
        "One, two, th[another worker goes on with this]\nree.\n"
    );
}

#[test]
fn text_that_comes_otherwise_after_a_takeover_begins_again() {
    let frames = [
        accepted(),
        text(1, "One, two"),
        ("run.resumed", json!({"rewindTo": 1})),
        text(1, "Eins."),
        ("run.completed", json!({"content": "Eins."})),
    ];
    let printed = print(&frames);
    assert!(printed.ends_with("begins again:]\nEins.\n"), "{printed}");
}

#[test]
fn a_message_that_joined_sees_only_what_comes_after_it() {
    let other = "01890000-0000-7000-8000-000000000009";
    let frames = [
        (
            "run.accepted",
            json!({"messageId": other, "content": "first"}),
        ),
        text(1, "To the first."),
        (
            "message.added",
            json!({"messageId": ID, "content": "second"}),
        ),
        text(2, "To both."),
        ("run.completed", json!({"content": "To both."})),
    ];
    assert_eq!(print(&frames), "To both.\n");
}
