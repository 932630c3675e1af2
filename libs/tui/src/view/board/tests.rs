//! How boards look, and a run that is paused, at 80x24 and 120x40.

use crossterm::event::{KeyCode, KeyModifiers};
use proptest::prelude::*;
use serde_json::json;

use crate::fixture::{self, ID, Stage};
use crate::{Event, Palette, Shown, Theme};

/// Keeps a screen under this name in both sizes.
fn look(name: &str, stage: impl Fn(u16, u16) -> Stage) {
    for (columns, rows) in [(80, 24), (120, 40)] {
        insta::assert_snapshot!(
            format!("{name}_{columns}x{rows}"),
            stage(columns, rows).text()
        );
    }
}

fn paused(columns: u16, rows: u16, reason: &str) -> Stage {
    let mut stage = Stage::open(columns, rows);
    stage.frame(
        1,
        "run.accepted",
        json!({"messageId": ID, "content": "Pay the invoice."}),
    );
    stage.next(
        "run.started",
        json!({"agent": "jarvis", "model": "anthropic/claude-sonnet-5"}),
    );
    let text = json!({"step": 1, "text": "I look the invoice up."});
    stage.next("text.delta", text);
    stage.next("run.paused", json!({"reason": reason}));
    stage
}

#[test]
fn a_paused_run_says_so_and_why() {
    look("paused", |columns, rows| {
        paused(columns, rows, "wait for\nAda, who is to sign it first")
    });
    let text = paused(80, 24, "paused by Ada").text();
    assert!(text.contains("‖ paused by Ada"), "{text}");
    assert!(text.contains("‖ paused · by Ada"), "{text}");
}

#[test]
fn a_run_that_is_to_go_on_says_that_it_does() {
    look("resuming", |columns, rows| {
        let mut stage = paused(columns, rows, "wait for Ada");
        stage.enter("/resume");
        stage.pass(300);
        stage
    });
}

#[test]
fn runs_are_a_table_with_what_is_to_know_about_one() {
    look("runs", |columns, rows| {
        Stage::board("/runs", fixture::runs(), columns, rows)
    });
    look("runs_all", |columns, rows| {
        let mut stage = Stage::all_runs(columns, rows);
        stage.key(KeyCode::Down, KeyModifiers::NONE);
        stage.key(KeyCode::Down, KeyModifiers::NONE);
        stage
    });
    look("runs_none", |columns, rows| {
        let shown = Shown::Runs(mosaic_client::Page {
            items: Vec::new(),
            next_cursor: None,
        });
        Stage::board("/runs", shown, columns, rows)
    });
}

#[test]
fn a_reason_is_written_below_the_table() {
    look("runs_kill", |columns, rows| {
        let mut stage = Stage::board("/runs", fixture::runs(), columns, rows);
        stage.type_text("kIt goes round in circles");
        stage
    });
}

#[test]
fn workers_and_queues_are_tables() {
    look("workers", |columns, rows| {
        let mut stage = Stage::board("/workers", fixture::workers(), columns, rows);
        stage.key(KeyCode::Down, KeyModifiers::NONE);
        stage
    });
    look("queues", |columns, rows| {
        Stage::board("/queues", fixture::queues(), columns, rows)
    });
}

#[test]
fn who_is_let_in_is_seen_on_boards() {
    look("me", |columns, rows| {
        let mut stage = Stage::board("/whoami", fixture::me(), columns, rows);
        stage.key(KeyCode::End, KeyModifiers::NONE);
        stage
    });
    look("sessions", |columns, rows| {
        let mut stage = Stage::board("/sessions", fixture::sessions(), columns, rows);
        stage.type_text("e");
        stage
    });
    look("tokens", |columns, rows| {
        Stage::board("/tokens", fixture::tokens(), columns, rows)
    });
    look("members", |columns, rows| {
        let mut stage = Stage::board("/members", fixture::members(), columns, rows);
        stage.key(KeyCode::Down, KeyModifiers::NONE);
        stage.type_text("m");
        stage
    });
}

#[test]
fn who_has_not_the_right_is_told_so() {
    look("denied", |columns, rows| {
        let reason = "Your role does not let you look into the operation of this installation; it takes at least the \
            role admin.";
        let shown = Shown::Failed {
            reason: reason.into(),
            denied: true,
        };
        Stage::board("/workers", shown, columns, rows)
    });
}

#[test]
fn a_board_without_unicode_is_ascii() {
    let mut stage = Stage::board("/queues", fixture::queues(), 80, 24);
    stage.app.theme = Theme::new(Palette::Colour, false);
    assert!(stage.text().is_ascii(), "{}", stage.text());
    stage.type_text("p");
    assert!(stage.text().is_ascii(), "{}", stage.text());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_size_and_no_text_breaks_a_board(columns in 1u16..140, rows in 1u16..50, text in "\\PC{0,200}", which in 0usize..8, keys in "[a-zA-Z]{0,6}") {
        let (line, shown) = match which {
            0 => ("/runs", fixture::runs()),
            1 => ("/workers", fixture::workers()),
            2 => ("/queues", fixture::queues()),
            3 => ("/whoami", fixture::me()),
            4 => ("/sessions", fixture::sessions()),
            5 => ("/tokens", fixture::tokens()),
            6 => ("/members", fixture::members()),
            _ => ("/queues", Shown::Failed { reason: text.clone(), denied: true }),
        };
        let mut stage = Stage::board(line, shown, columns, rows);
        stage.key(KeyCode::PageDown, KeyModifiers::NONE);
        stage.type_text(&keys);
        stage.tell(Event::Paste(text));
        stage.text();
        stage.tell(Event::Resize(rows, columns));
        stage.text();
    }
}
