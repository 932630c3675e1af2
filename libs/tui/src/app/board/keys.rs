//! Keys while a board is open.

use crossterm::event::{KeyCode, KeyEvent};
use mosaic_client::{QueueStatus, RunEntry, RunScope, Worker};

use super::ask::Wants;
use super::people::Who;
use super::{App, Ask, Rows};
use crate::app::keys::is_typed;
use crate::event::Command;
use crate::operate::Order;
use crate::text::{flat, tail};
use crate::view;

/// The row that is marked, by what it is.
enum Marked {
    Run(Box<RunEntry>),
    Worker(Worker),
    Queue(QueueStatus),
    Person(Who),
}

impl App {
    pub(in crate::app) fn board_key(&mut self, key: KeyEvent) -> Vec<Command> {
        let Some(board) = &self.board else {
            return Vec::new();
        };
        if board.ask.is_some() {
            return self.ask_key(key);
        }
        let page = view::board_height(self).saturating_sub(1).max(1);
        let (marked, last) = (board.marked, board.rows.len().saturating_sub(1));
        let mark = match key.code {
            KeyCode::Esc => {
                self.board = None;
                return Vec::new();
            }
            KeyCode::Enter => return self.open_marked_run(),
            KeyCode::Char(c) if is_typed(key) => return self.board_letter(c),
            KeyCode::Up => marked.saturating_sub(1),
            KeyCode::Down => marked + 1,
            KeyCode::PageUp => marked.saturating_sub(page),
            KeyCode::PageDown => marked + page,
            KeyCode::Home => 0,
            KeyCode::End => last,
            _ => marked,
        };
        self.mark(mark);
        Vec::new()
    }

    /// Marks a row of the board, or the last one where there is no such.
    pub(in crate::app) fn mark(&mut self, row: usize) {
        if let Some(board) = self.board.as_mut().filter(|board| board.ask.is_none()) {
            board.marked = row.min(board.rows.len().saturating_sub(1));
        }
    }

    fn board_letter(&mut self, letter: char) -> Vec<Command> {
        let letter = letter.to_ascii_lowercase();
        if let Some(Rows::Runs(runs)) = self.board.as_mut().map(|board| &mut board.rows) {
            match letter {
                'a' if runs.scope == RunScope::Mine => runs.scope = RunScope::Workspace,
                'a' => runs.scope = RunScope::Mine,
                'e' => runs.ended = !runs.ended,
                _ => return self.marked_letter(letter),
            }
            return self.fetch_board();
        }
        self.marked_letter(letter)
    }

    /// A letter that is about the marked row.
    fn marked_letter(&mut self, letter: char) -> Vec<Command> {
        match (self.marked_row(), letter) {
            (Some(Marked::Run(run)), letter) => self.run_letter(&run, letter),
            (Some(Marked::Worker(worker)), 'd') => {
                let question = format!("Why drain worker {}?", tail(worker.id));
                self.ask(Ask::new(question, "drains it", Wants::Drain(worker.id)));
                Vec::new()
            }
            (Some(Marked::Worker(worker)), 'r') => self.order(Order::ResumeWorker(worker.id)),
            (Some(Marked::Queue(queue)), 'p') => {
                let question = format!("Why pause queue {}?", flat(&queue.name));
                let wants = Wants::PauseQueue(queue.name);
                self.ask(Ask::new(question, "pauses it", wants));
                Vec::new()
            }
            (Some(Marked::Queue(queue)), 'r') => self.order(Order::ResumeQueue(queue.name)),
            (Some(Marked::Person(who)), letter) => {
                if let Some(ask) = who.asked(letter) {
                    self.ask(ask);
                }
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn run_letter(&mut self, run: &RunEntry, letter: char) -> Vec<Command> {
        if "sprk".contains(letter) && run.state.is_terminal() {
            self.say(format!("the run has ended: it is {}", run.state.as_str()));
            return Vec::new();
        }
        match letter {
            's' => self.order(Order::Stop(run.id)),
            'p' => self.order(Order::Pause {
                run: run.id,
                reason: None,
            }),
            'r' => self.order(Order::Resume(run.id)),
            'k' => {
                let whose = flat(&run.owner.name);
                let question = format!("Why kill run {} of {whose}?", tail(run.id));
                self.ask(Ask::new(question, "kills it", Wants::Kill(run.id)));
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn ask(&mut self, ask: Ask) {
        self.notice = None;
        if let Some(board) = &mut self.board {
            board.ask = Some(ask);
        }
    }

    fn marked_row(&self) -> Option<Marked> {
        let board = self.board.as_ref()?;
        let at = board.marked;
        match &board.rows {
            Rows::Runs(runs) => {
                let run = runs.items.get(at)?.clone();
                Some(Marked::Run(Box::new(run)))
            }
            Rows::Workers(workers) => workers.get(at).cloned().map(Marked::Worker),
            Rows::Queues(queues) => queues.get(at).cloned().map(Marked::Queue),
            rows => Who::of(rows, at).map(Marked::Person),
        }
    }

    /// Opens the conversation of the marked run, unless it is somebody else's.
    fn open_marked_run(&mut self) -> Vec<Command> {
        let Some(Marked::Run(run)) = self.marked_row() else {
            return Vec::new();
        };
        let id = run.conversation_id;
        let listed = || self.list.items.iter().any(|one| one.id == id);
        let mine = matches!(self.board.as_ref().map(|board| &board.rows),
            Some(Rows::Runs(runs)) if runs.scope == RunScope::Mine);
        if mine || listed() {
            return vec![self.open(id)];
        }
        self.complain("what is said in it only its owner reads");
        Vec::new()
    }
}
