//! How the screens look, at 80x24 and 120x40.

use crossterm::event::{KeyCode, KeyModifiers};
use proptest::prelude::*;
use serde_json::json;

use crate::fixture::{self, ID, OTHER, Stage};
use crate::{Event, Palette, Theme, Watched};

/// Keeps a screen under this name in both sizes.
fn look(name: &str, stage: impl Fn(u16, u16) -> Stage) {
    for (columns, rows) in [(80, 24), (120, 40)] {
        insta::assert_snapshot!(
            format!("{name}_{columns}x{rows}"),
            stage(columns, rows).text()
        );
    }
}

const ANSWER: &str = "Here is a **short** plan:\n\n1. Dig the bed\n2. Plant 日本 radishes 🌱 and wait, which is the hardest \
    part of it all\n\n```rust\nfn main() {\n    println!(\"grow\");\n}\n```\n\n| Week | Work |\n|---|---|\n| 1 | dig |\n| 2 | plant |\n";

fn asked(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::open(columns, rows);
    stage.frame(
        1,
        "run.accepted",
        json!({"messageId": ID, "content": "How do I begin a garden?"}),
    );
    stage.next(
        "run.started",
        json!({"agent": "jarvis", "model": "anthropic/claude-sonnet-5"}),
    );
    stage.next("step.started", json!({"step": 1}));
    stage
}

fn tool(stage: &mut Stage, step: u32, name: &str, arguments: serde_json::Value) {
    let call = format!("c{step}");
    stage.next(
        "tool.started",
        json!({"step": step, "callId": call, "name": name, "arguments": arguments}),
    );
}

fn tool_done(stage: &mut Stage, step: u32, outcome: &str, output: &str, ms: u32) {
    let (outcome, call) = (format!("TOOL_OUTCOME_{outcome}"), format!("c{step}"));
    stage.next(
        "tool.completed",
        json!({"step": step, "callId": call, "outcome": outcome, "output": output}),
    );
    stage.next(
        "step.completed",
        json!({"step": step, "kind": "STEP_KIND_TOOL", "durationMs": ms}),
    );
}

fn tools(columns: u16, rows: u16) -> Stage {
    let mut stage = asked(columns, rows);
    stage.next(
        "step.completed",
        json!({"step": 1, "kind": "STEP_KIND_MODEL",
        "usage": {"inputTokens": 18_400, "outputTokens": 350}}),
    );
    tool(
        &mut stage,
        2,
        "calculator",
        json!({"expression": "12 * 30"}),
    );
    tool_done(&mut stage, 2, "SUCCEEDED", "360", 42);
    tool(
        &mut stage,
        3,
        "web_fetch",
        json!({"url": "https://garden.example/a/very/long/path/that/does/not/fit/on/a/line", "timeout": 30}),
    );
    tool_done(
        &mut stage,
        3,
        "FAILED",
        "the host does not answer\u{1b}[2J",
        30_012,
    );
    tool(&mut stage, 4, "mail_send", json!({}));
    tool_done(&mut stage, 4, "UNKNOWN", "the worker died while it ran", 0);
    tool(&mut stage, 5, "shell", json!({"command": "cargo test"}));
    stage.pass(3_200);
    stage
}

#[test]
fn a_new_conversation_is_an_invitation() {
    look("empty", Stage::new);
}

#[test]
fn an_answer_is_shown_as_it_is_written() {
    look("streaming", |columns, rows| {
        let mut stage = asked(columns, rows);
        stage.next("text.delta", json!({"step": 1, "text": ANSWER}));
        stage.pass(7_300);
        stage
    });
}

#[test]
fn a_finished_answer_leaves_the_bars_ready() {
    look("answered", |columns, rows| {
        let mut stage = asked(columns, rows);
        stage.next(
            "text.delta",
            json!({"step": 1, "text": "Begin with the soil."}),
        );
        let usage = json!({"inputTokens": 12_345, "outputTokens": 678});
        stage.next(
            "step.completed",
            json!({"step": 1, "kind": "STEP_KIND_MODEL", "usage": usage}),
        );
        stage.next(
            "run.completed",
            json!({"content": "Begin with the soil.", "usage": usage}),
        );
        stage
    });
}

#[test]
fn tools_say_how_they_ended() {
    look("tools", tools);
    look("tools_open", |columns, rows| {
        let mut stage = tools(columns, rows);
        stage.control('o');
        stage
    });
}

#[test]
fn thinking_is_dimmed_and_can_be_opened() {
    let thinking = |columns, rows| {
        let mut stage = asked(columns, rows);
        let thought = "The person wants a plan.\nSoil first.\nThen seeds.\nWater is cheap.\nSun is free.\nSo: soil.";
        stage.next("thinking.delta", json!({"step": 1, "text": thought}));
        stage
    };
    look("thinking", thinking);
    look("thought", |columns, rows| {
        let mut stage = thinking(columns, rows);
        stage.next("text.delta", json!({"step": 1, "text": "Soil first."}));
        stage
    });
    look("thought_open", |columns, rows| {
        let mut stage = thinking(columns, rows);
        stage.next("text.delta", json!({"step": 1, "text": "Soil first."}));
        stage.control('t');
        stage
    });
}

#[test]
fn what_was_remembered_is_hinted_at() {
    look("recalled", |columns, rows| {
        let mut stage = asked(columns, rows);
        stage.next("memory.recalled", json!({"memoryIds": [ID, OTHER]}));
        stage.next(
            "text.delta",
            json!({"step": 1, "text": "You like radishes."}),
        );
        stage
    });
}

#[test]
fn a_gateway_that_is_away_is_one_quiet_sign() {
    look("reconnecting", |columns, rows| {
        let mut stage = asked(columns, rows);
        stage.next("text.delta", json!({"step": 1, "text": "Begin with"}));
        stage.tell(Event::Connected(false));
        stage.pass(12_000);
        stage
    });
}

#[test]
fn an_end_without_an_answer_says_why() {
    look("stopped", |columns, rows| {
        let mut stage = asked(columns, rows);
        stage.next("text.delta", json!({"step": 1, "text": "Begin with"}));
        stage.key(KeyCode::Esc, KeyModifiers::NONE);
        stage.next(
            "run.cancelled",
            json!({"reason": "stopped in the terminal"}),
        );
        stage
    });
    look("failed", |columns, rows| {
        let mut stage = asked(columns, rows);
        stage.next(
            "run.failed",
            json!({"code": "provider_auth", "reason": "the key was refused; set another one"}),
        );
        stage
    });
}

#[test]
fn the_list_covers_a_narrow_screen_and_stands_beside_on_a_wide_one() {
    look("list", |columns, rows| {
        let mut stage = asked(columns, rows);
        if columns < crate::app::WIDE {
            stage.control('l');
        } else {
            stage.key(KeyCode::Tab, KeyModifiers::NONE);
        }
        stage.key(KeyCode::Down, KeyModifiers::NONE);
        stage
    });
    look("list_hidden", |columns, rows| {
        let mut stage = asked(columns, rows);
        stage.control('l');
        stage.control('l');
        if columns >= crate::app::WIDE {
            stage.control('l');
        }
        stage
    });
}

#[test]
fn the_palette_finds_by_a_few_letters() {
    look("palette", |columns, rows| {
        let mut stage = Stage::open(columns, rows);
        stage.control('k');
        stage
    });
    look("palette_typed", |columns, rows| {
        let mut stage = Stage::open(columns, rows);
        stage.control('k');
        stage.type_text("gard");
        stage
    });
    look("models", |columns, rows| {
        let mut stage = Stage::open(columns, rows);
        stage.enter("/model ");
        stage
    });
}

#[test]
fn commands_are_completed_above_the_line() {
    look("completion", |columns, rows| {
        let mut stage = Stage::open(columns, rows);
        stage.type_text("/");
        stage.key(KeyCode::Down, KeyModifiers::NONE);
        stage
    });
}

#[test]
fn help_shows_keys_and_commands() {
    look("help", |columns, rows| {
        let mut stage = Stage::open(columns, rows);
        stage.enter("/help");
        stage
    });
}

#[test]
fn a_long_message_grows_the_line_and_stored_ones_are_read_back() {
    look("writing", |columns, rows| {
        let mut stage = Stage::open(columns, rows);
        let messages = vec![
            fixture::message(1, "user", "What is 2+2?\nAnd \u{1b}[31mred\u{202e}?", None),
            fixture::message(2, "assistant", "## Sum\n\nIt is *four*.", None),
        ];
        stage.watched(Watched::Messages {
            messages,
            more: false,
        });
        stage.tell(Event::Paste(
            "one two three\n日本語 ".repeat(3) + &"long ".repeat(30),
        ));
        stage
    });
}

#[test]
fn a_small_screen_keeps_what_matters() {
    for (columns, rows) in [(60, 15), (40, 10)] {
        let mut stage = asked(columns, rows);
        stage.next("text.delta", json!({"step": 1, "text": ANSWER}));
        insta::assert_snapshot!(format!("small_{columns}x{rows}"), stage.text());
    }
}

#[test]
fn without_unicode_everything_is_ascii() {
    let mut stage = Stage::with(80, 24, Theme::new(Palette::Colour, false)).opened();
    stage.frame(1, "run.accepted", json!({"content": "plan?"}));
    stage.next("run.started", json!({"agent": "jarvis", "model": "a/b"}));
    stage.next("thinking.delta", json!({"step": 1, "text": "hm"}));
    stage.next(
        "text.delta",
        json!({"step": 1, "text": "- a\n\n```sh\nls\n```\n\n|x|y|\n|-|-|\n|1|2|"}),
    );
    tool(&mut stage, 2, "shell", json!({"command": "ls"}));
    tool_done(&mut stage, 2, "SUCCEEDED", "a", 3);
    let text = stage.text();
    assert!(text.is_ascii(), "{text}");
    stage.key(KeyCode::F(1), KeyModifiers::NONE);
    assert!(stage.text().is_ascii());
    insta::assert_snapshot!("ascii_80x24", text);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_size_and_no_text_breaks_the_screen(columns in 1u16..140, rows in 1u16..50, text in "\\PC{0,200}", keys in 0usize..6) {
        let mut stage = tools(columns, rows);
        stage.next("text.delta", json!({"step": 9, "text": text}));
        stage.tell(Event::Paste(text.clone()));
        match keys {
            1 => stage.control('k'),
            2 => stage.control('l'),
            3 => stage.key(KeyCode::F(1), KeyModifiers::NONE),
            4 => stage.key(KeyCode::PageUp, KeyModifiers::NONE),
            5 => stage.enter("/nothing"),
            _ => {}
        }
        stage.text();
        stage.tell(Event::Resize(rows, columns));
        stage.text();
    }
}
