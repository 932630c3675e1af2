//! Runs, their answers, and what their tools did.

use std::fmt::Arguments;

use mosaic_domain::{Cursor, Message, Role, RunState, ToolOutcome};
use mosaic_e2e::Call;
use mosaic_storage::Run;

use super::log::Told;
use super::{Effects, Held};
use crate::findings::Notes;

/// Looks at the end of a run, its log and its answer.
pub(super) fn look(
    run: &Run,
    told: &Told,
    messages: &[Message],
    held: &Held<'_>,
    find: &impl Fn(Arguments<'_>),
) {
    let id = run.id;
    let state = run.state.as_str();
    if told.ends != [state] || !told.last.ends_with(state) {
        find(format_args!(
            "run {id} is {state}, its log ends with {} and tells of the ends {:?}",
            told.last, told.ends
        ));
    }
    let wanted = match run.state {
        RunState::Completed => true,
        RunState::Cancelled => held.stopped.contains(&id),
        _ => false,
    };
    if !wanted {
        find(format_args!(
            "run {id} is {state}: {:?} {:?}",
            run.end_code, run.end_reason
        ));
    }
    for (cursor, seq) in told.cursors.iter().zip(1..) {
        if cursor.seq != seq {
            find(format_args!(
                "the log of run {id} has {cursor} in place {seq}"
            ));
            break;
        }
    }
    if told
        .cursors
        .windows(2)
        .any(|two| two[0].epoch > two[1].epoch)
        || told.cursors.first() != Some(&Cursor::new(0, 1))
    {
        find(format_args!(
            "the epochs of the log of run {id} are {:?}",
            told.cursors
        ));
    }
    answered(run, told, messages, find);
}

/// A completed run has read all its messages and left one answer, to the last of them.
fn answered(run: &Run, told: &Told, messages: &[Message], find: &impl Fn(Arguments<'_>)) {
    let id = run.id;
    let of = |role: Role| {
        let mine = messages.iter().filter(move |one| one.run_id == Some(id));
        mine.filter(move |one| one.role == role)
    };
    let answers: Vec<&str> = of(Role::Assistant)
        .map(|one| one.content.as_str())
        .collect();
    if answers.len() > 1 {
        find(format_args!("run {id} left {} answers", answers.len()));
    }
    if run.state != RunState::Completed {
        return;
    }
    for message in of(Role::User).filter(|one| !told.heard.contains(&one.id)) {
        find(format_args!("run {id} did not read {:?}", message.content));
    }
    let asked = of(Role::User).next_back().map(|one| one.content.as_str());
    let (Some(asked), [answer]) = (asked, &answers[..]) else {
        find(format_args!(
            "run {id} has {asked:?} and the answers {answers:?}"
        ));
        return;
    };
    if !answer.contains(asked) || told.answer.as_deref() != Some(answer) {
        find(format_args!(
            "run {id} was asked {asked:?}, said {:?} and stored {answer:?}",
            told.answer
        ));
    }
}

/// Looks at what a run's tools did: a call that succeeded had its effect once, one whose outcome is unknown at most once.
pub(super) fn tools(run: &Run, told: &Told, effects: &Effects, find: &impl Fn(Arguments<'_>)) {
    for (step, outcome) in &told.tools {
        let call = Call {
            run_id: run.id,
            step: *step,
        };
        let times = effects.of(call);
        let wanted = match outcome {
            ToolOutcome::Succeeded => times == 1,
            ToolOutcome::Unknown => times <= 1,
            // Only who was stopped is told that.
            ToolOutcome::Failed => times <= 1 && run.state == RunState::Cancelled,
        };
        if !wanted {
            find(format_args!(
                "step {step} of run {} {} and had its effect {times} times",
                run.id,
                outcome.as_str()
            ));
        }
    }
}

pub(super) fn count(run: &Run, told: &Told, notes: &Notes) {
    notes.count("runs", 1);
    notes.count("answers", u64::from(run.state == RunState::Completed));
    notes.count("runs stopped", u64::from(run.state == RunState::Cancelled));
    notes.count("runs taken over", u64::from(run.epoch > 1));
    let count = |outcome| {
        let such = told.tools.iter().filter(|(_, one)| *one == outcome);
        u64::try_from(such.count()).unwrap_or(u64::MAX)
    };
    notes.count("tool calls", count(ToolOutcome::Succeeded));
    notes.count("tool calls of unknown outcome", count(ToolOutcome::Unknown));
    let events = u64::try_from(told.cursors.len()).unwrap_or(u64::MAX);
    notes.count("events recorded", events);
}
