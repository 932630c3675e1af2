//! What events do, without looking at the screen.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use serde_json::json;

use super::*;
use crate::event::{Change, Watched};
use crate::fixture::{self, ID, OTHER, Stage};
use crate::operate::Order;

fn key(code: KeyCode) -> Event {
    Event::Key(KeyEvent::new(code, KeyModifiers::NONE))
}

fn control(c: char) -> Event {
    Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL))
}

#[test]
fn the_first_message_begins_a_conversation_and_following_comes_with_it() {
    let mut stage = Stage::new(80, 24);
    stage.enter("hello");
    let Some(Command::Send { ticket, to, text }) = stage.last() else {
        panic!("{:?}", stage.commands)
    };
    assert_eq!((text.as_str(), &to), ("hello", &Err(BeginWith::default())));
    let conversation = Box::new(fixture::conversation(ID, "hello"));
    stage.tell(Event::Created {
        ticket,
        conversation,
    });
    let opened = stage
        .commands
        .iter()
        .any(|command| matches!(command, Command::Open { id, watch: 1 } if id.to_string() == ID));
    assert!(opened, "{:?}", stage.commands);
    // Further messages go there.
    stage.enter("more");
    assert!(matches!(
        stage.last(),
        Some(Command::Send { to: Ok(_), .. })
    ));
}

#[test]
fn a_message_is_there_once_whichever_tells_of_it_first() {
    for ack_first in [true, false] {
        let mut stage = Stage::open(80, 24);
        stage.enter("howdy");
        let sent = Event::Sent {
            ticket: 1,
            sent: fixture::sent(ID),
        };
        if ack_first {
            stage.tell(sent);
            stage.frame(
                1,
                "run.accepted",
                json!({"messageId": ID, "content": "howdy"}),
            );
        } else {
            stage.frame(
                1,
                "run.accepted",
                json!({"messageId": ID, "content": "howdy"}),
            );
            stage.tell(sent);
        }
        assert_eq!(stage.text().matches("howdy").count(), 1, "{}", stage.text());
    }
}

#[test]
fn a_message_that_was_not_sent_says_why_and_comes_back() {
    let mut stage = Stage::open(80, 24);
    stage.enter("hi");
    stage.tell(Event::NotSent {
        ticket: 1,
        reason: "the gateway is away".into(),
    });
    assert!(stage.text().contains("not sent: the gateway is away"));
    stage.tell(key(KeyCode::Up));
    assert_eq!(stage.app.composer.text(), "hi");
    stage.tell(key(KeyCode::Enter));
    assert!(!stage.text().contains("not sent"));
}

#[test]
fn what_is_stored_and_what_is_followed_join_without_gap_or_repetition() {
    let mut stage = Stage::open(80, 40);
    // The run is followed from its start; the page of messages holds its question too.
    stage.frame(
        1,
        "run.accepted",
        json!({"messageId": OTHER, "content": "second question"}),
    );
    stage.frame(2, "text.delta", json!({"step": 1, "text": "second ans"}));
    let messages = vec![
        fixture::message(1, "user", "first question", Some(OTHER)),
        fixture::message(2, "assistant", "first answer", Some(OTHER)),
        fixture::message(3, "user", "second question", Some(ID)),
    ];
    stage.watched(Watched::Messages {
        messages,
        more: false,
    });
    stage.frame(3, "text.delta", json!({"step": 1, "text": "wer"}));
    let text = stage.text();
    let places: Vec<usize> = [
        "first question",
        "first answer",
        "second question",
        "second answer",
    ]
    .iter()
    .map(|what| {
        text.find(what)
            .unwrap_or_else(|| panic!("{what} is missing in {text}"))
    })
    .collect();
    assert!(places.is_sorted(), "{text}");
    assert_eq!(text.matches("second question").count(), 1, "{text}");
}

#[test]
fn what_a_displaced_worker_wrote_is_taken_back() {
    let mut stage = Stage::open(80, 24);
    stage.frame(1, "run.accepted", json!({"content": "?"}));
    stage.frame(2, "text.delta", json!({"step": 1, "text": "wrong"}));
    assert!(stage.text().contains("wrong"));
    stage.frame(3, "run.resumed", json!({"rewindTo": 1}));
    stage.frame(4, "text.delta", json!({"step": 1, "text": "right"}));
    let text = stage.text();
    assert!(text.contains("right") && !text.contains("wrong"), "{text}");
}

#[test]
fn events_of_a_conversation_that_was_left_change_nothing() {
    let mut stage = Stage::open(80, 24);
    stage.tell(control('n'));
    assert_eq!(stage.last(), Some(Command::Close));
    stage.frame(1, "run.accepted", json!({"content": "late"}));
    assert!(!stage.text().contains("late"));
}

#[test]
fn escape_stops_the_run_and_the_end_is_told() {
    let mut stage = Stage::open(80, 24);
    stage.frame(1, "run.accepted", json!({"content": "?"}));
    stage.tell(key(KeyCode::Esc));
    assert!(matches!(stage.last(), Some(Command::Order(Order::Stop(_)))));
    assert_eq!(stage.app.activity(), Activity::Asked(Asked::Stop));
    stage.frame(2, "run.cancelled", json!({"reason": "stopped"}));
    assert_eq!(stage.app.activity(), Activity::Idle);
    assert!(stage.text().contains("stopped"));
}

#[test]
fn the_first_interrupt_stops_and_the_second_leaves() {
    let mut stage = Stage::open(80, 24);
    stage.frame(1, "run.accepted", json!({"content": "?"}));
    stage.tell(control('c'));
    assert!(matches!(stage.last(), Some(Command::Order(Order::Stop(_)))));
    stage.tell(control('c'));
    assert_eq!(stage.last(), Some(Command::Quit));
}

#[test]
fn an_interrupt_clears_what_is_written_and_leaves_only_when_repeated_soon() {
    let mut stage = Stage::new(80, 24);
    stage.type_text("draft");
    stage.tell(control('c'));
    assert!(stage.app.composer.is_empty());
    stage.tell(control('c'));
    stage.pass(4_000);
    stage.tell(control('c'));
    assert!(!stage.commands.contains(&Command::Quit));
    stage.tell(control('c'));
    assert_eq!(stage.last(), Some(Command::Quit));
}

#[test]
fn commands_change_the_open_conversation_or_the_next_one() {
    let mut stage = Stage::new(80, 24);
    stage.enter("/model openai/one");
    assert_eq!(stage.app.begin.model.as_deref(), Some("openai/one"));
    let mut stage = Stage::open(80, 24);
    for (line, change) in [
        (
            "/model openai/one",
            Change::Model(Some("openai/one".into())),
        ),
        ("/model clear", Change::Model(None)),
        ("/agent sherlock", Change::Agent("sherlock".into())),
        ("/title A plan", Change::Title("A plan".into())),
    ] {
        stage.enter(line);
        let id = ID.parse().unwrap();
        assert_eq!(stage.last(), Some(Command::Change { id, change }), "{line}");
    }
    stage.enter("/nothing");
    assert!(stage.text().contains("there is no /nothing"));
    stage.enter("/quit");
    assert_eq!(stage.last(), Some(Command::Quit));
}

#[test]
fn completions_are_taken_with_tab_and_enter() {
    let mut stage = Stage::open(80, 24);
    stage.type_text("/mo");
    stage.tell(key(KeyCode::Tab));
    assert_eq!(stage.app.composer.text(), "/model ");
    stage.tell(key(KeyCode::Down));
    stage.tell(key(KeyCode::Enter));
    let Some(Command::Change { change, .. }) = stage.last() else {
        panic!("{:?}", stage.commands)
    };
    assert_eq!(change, Change::Model(Some("openai/gpt-5".into())));
}

#[test]
fn scrolling_stays_where_it_is_while_more_comes_and_end_follows_again() {
    let mut stage = Stage::open(80, 24);
    let messages = (1..=80).map(|seq| {
        let role = if seq % 2 == 1 { "user" } else { "assistant" };
        fixture::message(seq, role, &format!("message {seq}"), None)
    });
    stage.watched(Watched::Messages {
        messages: messages.collect(),
        more: false,
    });
    assert!(stage.text().contains("message 80"));
    stage.tell(key(KeyCode::PageUp));
    let before = stage.text();
    assert!(before.contains("more below"), "{before}");
    stage.frame(1, "run.accepted", json!({"content": "news"}));
    let after = stage.text();
    assert!(
        after.contains("new below") && !after.contains("news"),
        "{after}"
    );
    let said = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.contains("message "));
        lines.map(|line| line[..20].to_owned()).collect()
    };
    assert_eq!(said(&before), said(&after));
    for _ in 0..40 {
        stage.tell(key(KeyCode::PageUp));
    }
    assert!(stage.text().contains("message 1 "), "{}", stage.text());
    for _ in 0..80 {
        stage.tell(key(KeyCode::PageDown));
    }
    assert!(stage.text().contains("news"));
    stage.tell(key(KeyCode::PageUp));
    stage.tell(key(KeyCode::End));
    assert_eq!(stage.app.scroll, Scroll::Bottom);
}

#[test]
fn older_messages_are_fetched_when_the_top_is_near_and_the_view_stays() {
    let mut stage = Stage::open(80, 24);
    let page = |range: std::ops::Range<i64>| {
        range
            .map(|seq| fixture::message(seq, "user", &format!("message {seq}"), None))
            .collect()
    };
    stage.watched(Watched::Messages {
        messages: page(101..201),
        more: true,
    });
    assert!(!stage.asked_older());
    for _ in 0..30 {
        stage.tell(key(KeyCode::PageUp));
    }
    assert!(stage.asked_older());
    assert_eq!(
        stage
            .commands
            .iter()
            .filter(|one| matches!(one, Command::Older { .. }))
            .count(),
        1
    );
    let before = stage.text();
    stage.watched(Watched::Messages {
        messages: page(1..101),
        more: false,
    });
    assert_eq!(stage.text(), before);
    stage.tell(key(KeyCode::PageUp));
    assert!(stage.text().contains("message 99 "), "{}", stage.text());
}

#[test]
fn runs_of_long_ago_are_asked_for_when_they_are_seen_and_only_once() {
    let mut stage = Stage::open(80, 24);
    let messages = vec![
        fixture::message(1, "user", "q", Some(OTHER)),
        fixture::message(2, "assistant", "a", Some(OTHER)),
    ];
    stage.watched(Watched::Messages {
        messages,
        more: false,
    });
    stage.pass(100);
    stage.pass(100);
    let past = stage
        .commands
        .iter()
        .filter(|one| matches!(one, Command::Past { .. }));
    assert_eq!(past.count(), 1);
}

#[test]
fn ten_thousand_messages_are_scrolled_without_measuring_them_all() {
    let mut stage = Stage::open(80, 24);
    let messages = (1..=10_000)
        .map(|seq| fixture::message(seq, "assistant", &"word ".repeat(60), None))
        .collect();
    stage.watched(Watched::Messages {
        messages,
        more: false,
    });
    let began = std::time::Instant::now();
    for _ in 0..50 {
        stage.tell(key(KeyCode::PageUp));
        stage.text();
    }
    assert!(began.elapsed().as_secs() < 2, "{:?}", began.elapsed());
}

#[test]
fn being_away_is_one_sign_and_coming_back_fetches_the_list() {
    let mut stage = Stage::open(80, 24);
    for _ in 0..5 {
        stage.tell(Event::Connected(false));
    }
    assert_eq!(stage.text().matches("reconnecting").count(), 1);
    stage.commands.clear();
    stage.tell(Event::Connected(true));
    assert!(stage.commands.contains(&Command::List { cursor: None }));
    assert!(stage.text().contains("connected"));
}

#[test]
fn nothing_wakes_an_idle_interface_but_the_list() {
    let mut stage = Stage::open(80, 24);
    stage.tell(Event::Tick(stage.app.now + NOTICE));
    let pause = stage.app.wakes_at().unwrap() - stage.app.now;
    assert!(pause > TimeDelta::seconds(5), "{pause}");
    stage.frame(1, "run.accepted", json!({"content": "?"}));
    let pause = stage.app.wakes_at().unwrap() - stage.app.now;
    assert_eq!(pause, TimeDelta::milliseconds(100));
}

#[test]
fn a_run_whose_end_was_missed_is_not_shown_as_going_on() {
    let mut stage = Stage::open(80, 24);
    stage.frame(
        1,
        "run.accepted",
        json!({"messageId": ID, "content": "question"}),
    );
    stage.frame(2, "text.delta", json!({"step": 1, "text": "half an ans"}));
    // Following begins anew, and the run has ended meanwhile.
    stage.watched(Watched::Opened(Box::new(fixture::conversation(ID, "x"))));
    let messages = vec![
        fixture::message(1, "user", "question", Some(ID)),
        fixture::message(2, "assistant", "half an answer", Some(ID)),
    ];
    stage.watched(Watched::Messages {
        messages,
        more: false,
    });
    assert_eq!(stage.app.activity(), Activity::Idle);
    assert_eq!(stage.text().matches("half an ans").count(), 1);
    assert!(
        stage
            .commands
            .iter()
            .any(|one| matches!(one, Command::Past { .. }))
    );
}

#[test]
fn a_change_is_told_once_it_happened() {
    let mut stage = Stage::open(80, 24);
    stage.enter("/model openai/gpt-5");
    assert!(!stage.text().contains("from now on"));
    let mut changed = fixture::conversation(ID, "Plans for the garden");
    changed.model = Some("openai/gpt-5".into());
    stage.tell(Event::Changed(Box::new(changed)));
    let text = stage.text();
    assert!(
        text.contains("from now on openai/gpt-5 answers here"),
        "{text}"
    );
    assert!(text.contains("ready · openai/gpt-5"), "{text}");
}
