//! What the bars say: what is going on, who answers, how full the model's window is.

use mosaic_client::TurnState;
use mosaic_domain::RunId;

use super::App;
use super::board::Asked;
use crate::text::flat;

/// What is going on in the open conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activity {
    Idle,
    /// A message is on its way.
    Sending,
    /// No worker has taken the run yet.
    Queued,
    /// It is answered, for so many milliseconds.
    Answering(u64),
    /// It halted until somebody resumes it.
    Paused,
    /// It was told to do something and has not done it yet.
    Asked(Asked),
}

impl App {
    pub(crate) fn activity(&self) -> Activity {
        let Some(turn) = self.timeline.active() else {
            let sending = self.timeline.is_sending();
            return if sending {
                Activity::Sending
            } else {
                Activity::Idle
            };
        };
        if let Some((run, asked)) = self.asked
            && run == turn.run_id
        {
            return Activity::Asked(asked);
        }
        match (&turn.state, turn.began_at) {
            (TurnState::Running, Some(began)) => {
                let passed = (self.now - began).num_milliseconds();
                Activity::Answering(u64::try_from(passed).unwrap_or(0))
            }
            (TurnState::Paused { .. }, _) => Activity::Paused,
            _ => Activity::Queued,
        }
    }

    /// The run that a stop would stop.
    pub(crate) fn active_run(&self) -> Option<RunId> {
        self.timeline.active().map(|turn| turn.run_id)
    }

    /// Whether something goes on here that can be stopped.
    pub(crate) fn is_at_work(&self) -> bool {
        match self.activity() {
            Activity::Queued | Activity::Answering(_) => true,
            Activity::Asked(asked) => matches!(asked, Asked::Pause | Asked::Resume),
            Activity::Idle | Activity::Sending | Activity::Paused => false,
        }
    }

    /// Why the open conversation's run is paused, if it is.
    pub(crate) fn pause_reason(&self) -> Option<&str> {
        match &self.timeline.active()?.state {
            TurnState::Paused { reason } => Some(reason),
            _ => None,
        }
    }

    /// Whether this is the open conversation's run and it is paused.
    pub(crate) fn is_paused(&self, run: RunId) -> bool {
        self.active_run() == Some(run) && self.activity() == Activity::Paused
    }

    /// The agent that answers here.
    pub(crate) fn agent(&self) -> Option<&str> {
        let chosen = match &self.open {
            Some(open) => open.about.as_ref().and_then(|about| about.agent.as_deref()),
            None => self.begin.agent.as_deref(),
        };
        let usual = || self.agents.iter().find(|agent| agent.default);
        chosen.or_else(|| usual().map(|agent| agent.name.as_str()))
    }

    /// The model that answers here: the chosen one, the one that answered last, or the usual one.
    pub(crate) fn model(&self) -> Option<&str> {
        let chosen = match &self.open {
            Some(open) => open.about.as_ref().and_then(|about| about.model.as_deref()),
            None => self.begin.model.as_deref(),
        };
        let last = || {
            let mut turns = self.timeline.turns();
            turns.find_map(|turn| turn.answered_by.as_ref())
        };
        let agent = || {
            let name = self.agent()?;
            self.agents
                .iter()
                .find(|agent| agent.name == name)?
                .model
                .as_deref()
        };
        let usual = || self.models.iter().find(|model| model.default);
        chosen
            .or_else(|| last().map(|(_, model)| model.as_str()))
            .or_else(agent)
            .or_else(|| usual().map(|model| model.id.as_str()))
    }

    /// Tokens read and written by the last turn that told.
    pub(crate) fn tokens(&self) -> Option<(u64, u64)> {
        let mut told = self.timeline.turns().map(|turn| turn.usage);
        let usage = told.find(|usage| usage.input_tokens + usage.output_tokens > 0)?;
        Some((usage.input_tokens, usage.output_tokens))
    }

    /// How much of the model's window the conversation takes, in percent.
    pub(crate) fn context(&self) -> Option<u64> {
        let mut calls = self.timeline.turns().filter_map(|turn| turn.last_call);
        let held = calls
            .next()
            .map(|call| call.input_tokens + call.output_tokens)?;
        let model = self.model()?;
        let window = self
            .models
            .iter()
            .find(|one| one.id == model)?
            .context_window;
        let percent = (held * 100).checked_div(u64::from(window))?;
        Some(percent.min(100))
    }

    /// What the conversation is called; before it has a title, by what was said first.
    pub(crate) fn title(&self) -> String {
        let (about, unnamed) = match &self.open {
            Some(open) => (
                open.about.as_ref().and_then(|about| about.title.as_deref()),
                "(untitled)",
            ),
            None => (self.begin.title.as_deref(), "new conversation"),
        };
        let first = || self.timeline.first_words();
        let title = about.map(str::to_owned).or_else(first);
        let title = title
            .map(|title| flat(&title))
            .filter(|title| !title.is_empty());
        title.unwrap_or_else(|| unnamed.to_owned())
    }
}
