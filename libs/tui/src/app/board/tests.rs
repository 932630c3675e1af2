//! What boards and commands do, without looking at the screen.

use crossterm::event::{KeyCode, KeyModifiers};
use serde_json::json;

use super::Asked;
use crate::app::{Activity, Rows};
use crate::fixture::{self, ID, OTHER, Stage};
use crate::{Command, Event, Order, Shown, Wanted};

fn press(stage: &mut Stage, code: KeyCode) {
    stage.key(code, KeyModifiers::NONE);
}

/// A stage whose run is answered.
fn answering() -> Stage {
    let mut stage = Stage::open(80, 24);
    stage.frame(1, "run.accepted", json!({"content": "?"}));
    stage.next("run.started", json!({"agent": "jarvis", "model": "a/b"}));
    stage
}

/// What the last fetching of a board asked for.
fn fetched(stage: &Stage) -> Option<(u64, Wanted)> {
    let mut commands = stage.commands.iter().rev();
    commands.find_map(|command| match command {
        Command::Board { board, what } => Some((*board, *what)),
        _ => None,
    })
}

fn fetches(stage: &Stage) -> usize {
    let commands = stage.commands.iter();
    commands
        .filter(|one| matches!(one, Command::Board { .. }))
        .count()
}

#[test]
fn a_run_is_paused_with_a_reason_and_goes_on_when_resumed() {
    let mut stage = answering();
    stage.enter("/pause  wait for Ada ");
    let run = ID.parse().unwrap();
    let reason = Some("wait for Ada".to_owned());
    assert_eq!(
        stage.last(),
        Some(Command::Order(Order::Pause { run, reason }))
    );
    assert_eq!(stage.app.activity(), Activity::Asked(Asked::Pause));
    stage.next("run.paused", json!({"reason": "wait for Ada"}));
    assert_eq!(stage.app.activity(), Activity::Paused);
    assert_eq!(stage.app.pause_reason(), Some("wait for Ada"));
    stage.enter("/resume");
    assert_eq!(stage.last(), Some(Command::Order(Order::Resume(run))));
    assert_eq!(stage.app.activity(), Activity::Asked(Asked::Resume));
    stage.next("run.resumed", json!({"rewindTo": 3}));
    assert!(matches!(stage.app.activity(), Activity::Answering(_)));
}

#[test]
fn a_kill_wants_a_reason_and_a_command_wants_something_that_goes_on() {
    let mut stage = Stage::open(80, 24);
    stage.enter("/pause");
    assert!(stage.text().contains("nothing is going on"));
    let mut stage = answering();
    stage.enter("/kill ");
    assert!(stage.text().contains("/kill wants a reason"));
    stage.enter("/kill it loops");
    let order = Order::Kill {
        run: ID.parse().unwrap(),
        reason: "it loops".into(),
    };
    assert_eq!(stage.last(), Some(Command::Order(order)));
    stage.next("run.killed", json!({"reason": "it loops"}));
    assert_eq!(stage.app.activity(), Activity::Idle);
    assert!(stage.text().contains("killed: it loops"));
}

#[test]
fn neither_escape_nor_an_interrupt_ends_a_run_that_is_paused() {
    let mut stage = answering();
    stage.next("run.paused", json!({"reason": "later"}));
    let before = stage.last();
    press(&mut stage, KeyCode::Esc);
    assert!(stage.text().contains("/resume has it go on"));
    stage.control('c');
    assert_eq!(stage.last(), before);
    stage.enter("/stop");
    assert!(matches!(stage.last(), Some(Command::Order(Order::Stop(_)))));
}

#[test]
fn a_command_that_is_refused_leaves_the_run_as_it_is() {
    let mut stage = answering();
    stage.enter("/pause");
    let Some(Command::Order(order)) = stage.last() else {
        panic!("{:?}", stage.commands)
    };
    let reason = "The run is about to be stopped.".to_owned();
    stage.tell(Event::NotObeyed { order, reason });
    assert!(matches!(stage.app.activity(), Activity::Answering(_)));
    assert!(stage.text().contains("about to be stopped"));
}

#[test]
fn what_was_no_pause_any_more_is_not_waited_for() {
    let mut stage = answering();
    stage.enter("/pause");
    let Some(Command::Order(order)) = stage.last() else {
        panic!("{:?}", stage.commands)
    };
    // Asked of its worker: it is waited for until the event comes.
    let mut run = fixture::run(ID, "running", "Ada");
    run.requested = Some(mosaic_client::Requested::Pause);
    stage.tell(Event::Obeyed {
        order: order.clone(),
        run: Some(Box::new(run.clone())),
    });
    assert_eq!(stage.app.activity(), Activity::Asked(Asked::Pause));
    // Taken back meanwhile: nothing will come.
    run.requested = None;
    let run = Some(Box::new(run));
    stage.tell(Event::Obeyed { order, run });
    assert!(matches!(stage.app.activity(), Activity::Answering(_)));
}

#[test]
fn a_board_is_fetched_again_and_again_while_it_is_open() {
    let mut stage = Stage::open(80, 24);
    stage.enter("/runs");
    let (board, what) = fetched(&stage).unwrap();
    let runs = Wanted::Runs {
        scope: mosaic_client::RunScope::Mine,
        ended: false,
    };
    assert_eq!(what, runs);
    // Nothing is fetched while the answer is on its way.
    stage.pass(5_000);
    assert_eq!(fetches(&stage), 1);
    let shown = fixture::runs();
    stage.tell(Event::Board { board, shown });
    assert!(stage.app.wakes_at().is_some());
    stage.pass(3_000);
    assert_eq!(fetches(&stage), 2);
    press(&mut stage, KeyCode::Esc);
    stage.pass(60_000);
    assert_eq!(fetches(&stage), 2);
    // What was asked for before changes nothing.
    stage.enter("/workers");
    let shown = fixture::runs();
    stage.tell(Event::Board { board, shown });
    let board = stage.app.board.as_ref().unwrap();
    assert!(board.loading && matches!(&board.rows, Rows::Workers(_)));
}

#[test]
fn keys_command_the_marked_run_and_the_mark_stays_on_it() {
    let mut stage = Stage::board("/runs", fixture::runs(), 80, 24);
    press(&mut stage, KeyCode::Down);
    stage.type_text("p");
    let run = OTHER.parse().unwrap();
    let order = Order::Pause { run, reason: None };
    assert_eq!(stage.last(), Some(Command::Order(order.clone())));
    let mut paused = fixture::run(OTHER, "paused", "Ada");
    paused.pause_reason = Some("paused by Ada".into());
    let run = Some(Box::new(paused));
    stage.tell(Event::Obeyed { order, run });
    assert!(stage.text().contains("paused: paused by Ada"));
    // A new run comes first, the mark stays where it was.
    let (board, _) = fetched(&stage).unwrap();
    let Shown::Runs(mut page) = fixture::runs() else {
        panic!()
    };
    let newer = "01890000-0000-7000-8000-00000000000a";
    page.items.insert(0, fixture::run(newer, "queued", "Ada"));
    let shown = Shown::Runs(page);
    stage.tell(Event::Board { board, shown });
    assert_eq!(stage.app.board.as_ref().unwrap().marked, 2);
    stage.type_text("s");
    assert_eq!(
        stage.last(),
        Some(Command::Order(Order::Stop(OTHER.parse().unwrap())))
    );
}

#[test]
fn a_reason_is_asked_for_and_can_be_left() {
    let mut stage = Stage::board("/runs", fixture::runs(), 80, 24);
    let before = stage.last();
    stage.type_text("k");
    press(&mut stage, KeyCode::Enter);
    assert!(stage.text().contains("a reason is needed"));
    stage.type_text("spr");
    press(&mut stage, KeyCode::Esc);
    assert_eq!(stage.last(), before);
    stage.type_text("k");
    stage.tell(Event::Paste("it\nloops ".into()));
    press(&mut stage, KeyCode::Enter);
    let order = Order::Kill {
        run: ID.parse().unwrap(),
        reason: "it loops".into(),
    };
    assert_eq!(stage.last(), Some(Command::Order(order)));
    assert!(stage.app.composer.is_empty());
}

#[test]
fn workers_are_drained_and_queues_paused_with_a_reason() {
    let mut stage = Stage::board("/workers", fixture::workers(), 80, 24);
    stage.type_text("d");
    stage.type_text("update");
    press(&mut stage, KeyCode::Enter);
    let order = Order::DrainWorker {
        worker: ID.parse().unwrap(),
        reason: "update".into(),
    };
    assert_eq!(stage.last(), Some(Command::Order(order)));
    stage.type_text("r");
    let order = Order::ResumeWorker(ID.parse().unwrap());
    assert_eq!(stage.last(), Some(Command::Order(order)));
    let mut stage = Stage::board("/queues", fixture::queues(), 80, 24);
    stage.type_text("p");
    stage.type_text("flood");
    press(&mut stage, KeyCode::Enter);
    let order = Order::PauseQueue {
        queue: "index".into(),
        reason: "flood".into(),
    };
    assert_eq!(stage.last(), Some(Command::Order(order)));
    press(&mut stage, KeyCode::Down);
    stage.type_text("r");
    let order = Order::ResumeQueue("runs".into());
    assert_eq!(stage.last(), Some(Command::Order(order)));
}

fn denied() -> Shown {
    Shown::Failed {
        reason: "Your role does not let you command what others run here; it takes at least the role admin.".into(),
        denied: true,
    }
}

#[test]
fn who_may_not_see_a_board_is_told_so_and_it_is_not_asked_for_again() {
    let mut stage = Stage::board("/queues", denied(), 80, 24);
    let text = stage.text();
    assert!(text.contains("You have not the right"), "{text}");
    stage.pass(60_000);
    assert_eq!(fetches(&stage), 1);
    // What others run is refused, one's own stays.
    let mut stage = Stage::board("/runs", fixture::runs(), 80, 24);
    stage.type_text("a");
    let (board, what) = fetched(&stage).unwrap();
    assert!(matches!(what, Wanted::Runs { scope, .. } if scope.as_str() == "workspace"));
    let shown = denied();
    stage.tell(Event::Board { board, shown });
    let (_, what) = fetched(&stage).unwrap();
    assert!(matches!(what, Wanted::Runs { scope, .. } if scope.as_str() == "mine"));
    assert!(stage.text().contains("what others run here"));
}

#[test]
fn the_conversation_of_a_run_is_opened_unless_it_is_somebody_elses() {
    let mut stage = Stage::board("/runs", fixture::runs(), 80, 24);
    press(&mut stage, KeyCode::Enter);
    assert!(matches!(stage.last(), Some(Command::Open { .. })));
    assert!(stage.app.board.is_none());
    let mut stage = Stage::board("/runs", fixture::runs(), 80, 24);
    stage.type_text("a");
    press(&mut stage, KeyCode::End);
    press(&mut stage, KeyCode::Enter);
    assert!(stage.text().contains("only its owner reads"));
    // An interrupt closes it and stops nothing.
    stage.control('c');
    assert!(stage.app.board.is_none());
    stage.type_text("written");
    assert_eq!(stage.app.composer.text(), "written");
}

#[test]
fn sessions_and_tokens_end_once_that_is_meant() {
    let mut stage = Stage::board("/sessions", fixture::sessions(), 80, 24);
    let before = stage.last();
    stage.type_text("e");
    assert!(
        stage
            .text()
            .contains("End the session of Firefox on Linux?")
    );
    // Neither a key that was meant for something else nor Escape ends anything.
    stage.type_text("ea");
    stage.tell(Event::Paste("\n".into()));
    press(&mut stage, KeyCode::Esc);
    assert_eq!(stage.last(), before);
    stage.type_text("e");
    press(&mut stage, KeyCode::Enter);
    let session = ID.parse().unwrap();
    let order = Order::EndSession(session);
    assert_eq!(stage.last(), Some(Command::Order(order.clone())));
    stage.tell(Event::Obeyed { order, run: None });
    assert!(stage.text().contains("the session has ended"));
    stage.type_text("a");
    press(&mut stage, KeyCode::Enter);
    assert_eq!(stage.last(), Some(Command::Order(Order::EndSessions)));

    let mut stage = Stage::board("/tokens", fixture::tokens(), 80, 24);
    stage.type_text("r");
    assert!(stage.text().contains("which is used here"));
    press(&mut stage, KeyCode::Enter);
    let token = ID.parse().unwrap();
    assert_eq!(
        stage.last(),
        Some(Command::Order(Order::RevokeToken(token)))
    );
}

#[test]
fn members_get_roles_and_are_removed() {
    let mut stage = Stage::board("/members", fixture::members(), 80, 24);
    press(&mut stage, KeyCode::Down);
    let user = OTHER.parse().unwrap();
    for (letter, order) in [
        (
            "m",
            Order::SetRole {
                user,
                role: "member",
            },
        ),
        (
            "a",
            Order::SetRole {
                user,
                role: "admin",
            },
        ),
        ("x", Order::RemoveMember(user)),
    ] {
        stage.type_text(letter);
        press(&mut stage, KeyCode::Enter);
        assert_eq!(stage.last(), Some(Command::Order(order)));
    }
}

#[test]
fn who_one_is_stands_on_a_board_without_commands() {
    let mut stage = Stage::board("/whoami", fixture::me(), 80, 24);
    let before = stage.last();
    for letter in ["e", "a", "r", "x"] {
        stage.type_text(letter);
    }
    assert_eq!(stage.last(), before);
    let text = stage.text();
    assert!(text.contains("The garden (home)"), "{text}");
}
