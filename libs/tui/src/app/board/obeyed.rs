//! Commands to runs, workers and queues: given, and what came of them.

use mosaic_client::{Event, Frame, Requested, RunEntry, TurnState};
use mosaic_domain::RunState;

use super::{App, Rows};
use crate::event::Command;
use crate::operate::Order;
use crate::text::{flat, tail};

/// What the run of the open conversation was told to do and has not done yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Stop,
    Pause,
    Resume,
    Kill,
}

impl Asked {
    fn of(order: &Order) -> Option<Self> {
        match order {
            Order::Stop(_) => Some(Self::Stop),
            Order::Pause { .. } => Some(Self::Pause),
            Order::Resume(_) => Some(Self::Resume),
            Order::Kill { .. } => Some(Self::Kill),
            _ => None,
        }
    }

    /// What goes on until it is done.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Stop => "stopping",
            Self::Pause => "pausing",
            Self::Resume => "resuming",
            Self::Kill => "killing",
        }
    }

    /// Whether the event shows that it is done.
    fn is_done_by(self, event: &Event) -> bool {
        match event {
            Event::Paused { .. } => self == Self::Pause,
            Event::Started { .. } | Event::Resumed { .. } => self == Self::Resume,
            event => event.end().is_some(),
        }
    }
}

impl App {
    /// Gives a command.
    pub(in crate::app) fn order(&mut self, order: Order) -> Vec<Command> {
        let asked = Asked::of(&order);
        if let (Some(asked), Some(run)) = (asked, order.run())
            && self.active_run() == Some(run)
        {
            self.asked = Some((run, asked));
        }
        vec![Command::Order(order)]
    }

    /// Whether the open conversation's run has done what it was told to.
    pub(in crate::app) fn watched_asked(&mut self, frame: &Frame) {
        let done = self
            .asked
            .is_some_and(|(run, asked)| run == frame.run_id && asked.is_done_by(&frame.event));
        if done {
            self.asked = None;
        }
    }

    /// A command was taken.
    pub(in crate::app) fn obeyed(&mut self, order: &Order, run: Option<RunEntry>) -> Vec<Command> {
        // The bars say of the open conversation that it is stopping.
        if self.board.is_some() || !matches!(order, Order::Stop(_)) {
            self.say(said(order, run.as_ref()));
        }
        if let Some(run) = run {
            self.settle(&run);
            let rows = self.board.as_mut().map(|board| &mut board.rows);
            if let Some(Rows::Runs(runs)) = rows
                && let Some(one) = runs.items.iter_mut().find(|one| one.id == run.id)
            {
                *one = run;
            }
        }
        self.fetch_board()
    }

    /// A command was refused, or did not arrive.
    pub(in crate::app) fn not_obeyed(&mut self, order: &Order, reason: &str) -> Vec<Command> {
        if self.asked.map(|(run, _)| run) == order.run() {
            self.asked = None;
        }
        self.complain(flat(reason));
        if self.board.as_ref().is_some_and(|board| !board.is_denied()) {
            return self.fetch_board();
        }
        Vec::new()
    }

    /// Where the gateway says that nothing is to be waited for, nothing is.
    fn settle(&mut self, run: &RunEntry) {
        let Some((id, asked)) = self.asked.filter(|(id, _)| *id == run.id) else {
            return;
        };
        let turn = self.timeline.turns().find(|turn| turn.run_id == id);
        let seen_paused = turn.is_some_and(|turn| matches!(turn.state, TurnState::Paused { .. }));
        let is_paused = run.state == RunState::Paused;
        let settled = match asked {
            Asked::Pause => run.requested != Some(Requested::Pause) && (!is_paused || seen_paused),
            Asked::Resume => run.state == RunState::Running && !seen_paused,
            Asked::Stop | Asked::Kill => false,
        };
        if settled {
            self.asked = None;
        }
    }
}

/// What came of it, in words.
fn said(order: &Order, run: Option<&RunEntry>) -> String {
    let state = run.map(|run| run.state);
    match order {
        Order::Stop(run) => format!("run {}: asked to stop", tail(run)),
        Order::Pause { .. } if state == Some(RunState::Paused) => {
            "paused; /resume has it go on".to_owned()
        }
        Order::Pause { .. } => "it halts after the step in hand".to_owned(),
        Order::Resume(_) if state == Some(RunState::Running) => "it goes on".to_owned(),
        Order::Resume(_) => "it goes on once a worker takes it".to_owned(),
        Order::Kill { run, .. } => format!("run {}: killed", tail(run)),
        Order::DrainWorker { worker, .. } => {
            format!("worker {} takes no more runs", tail(worker))
        }
        Order::ResumeWorker(worker) => format!("worker {} takes runs again", tail(worker)),
        Order::PauseQueue { queue, .. } => {
            format!("queue {} hands out no more jobs", flat(queue))
        }
        Order::ResumeQueue(queue) => format!("queue {} hands out jobs", flat(queue)),
        Order::EndSession(_) => "the session has ended".to_owned(),
        Order::EndSessions => "all sessions have ended; tokens stay good".to_owned(),
        Order::RevokeToken(_) => "the token is revoked".to_owned(),
        Order::SetRole { role, .. } => format!("the role is {role} now"),
        Order::RemoveMember(_) => "removed from the workspace".to_owned(),
    }
}
