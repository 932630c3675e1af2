//! A journal that keeps everything in memory.

use std::sync::Arc;

use async_trait::async_trait;
use mosaic_domain::{EndState, Message, RunEvent, StepRecord, ToolState};

use super::World;
use crate::{Ending, Journal, JournalError, Pausing, Record};

/// The journal in memory.
pub(in crate::tests) struct MemoryJournal {
    pub(super) world: Arc<World>,
    pub(in crate::tests) events: Vec<RunEvent>,
    pub(in crate::tests) records: Vec<Record>,
    pub(in crate::tests) end: Option<EndState>,
    pub(in crate::tests) answer: Option<String>,
    pub(in crate::tests) paused: Option<String>,
    pub(super) late: Option<Message>,
    /// Attempts to halt find that nobody wants that any more.
    pub(super) withdrawn: bool,
}

impl MemoryJournal {
    /// The types of all events but the last, in order.
    pub(in crate::tests) fn kinds(&self) -> Vec<&'static str> {
        self.events.iter().map(RunEvent::type_name).collect()
    }

    /// The states in which a tool step was recorded.
    pub(in crate::tests) fn tool_states(&self, number: u32) -> Vec<ToolState> {
        self.records
            .iter()
            .flat_map(|record| &record.steps)
            .filter(|one| one.step == number)
            .filter_map(|one| match one.record {
                StepRecord::Tool { state, .. } => Some(state),
                StepRecord::Model { .. } => None,
            })
            .collect()
    }

    fn keep(&mut self, record: Record) {
        self.world
            .recorded
            .lock()
            .unwrap()
            .extend(record.steps.iter().cloned());
        self.events.extend(record.then.iter().cloned());
        self.records.push(record);
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    fn emit(&mut self, event: RunEvent) {
        self.events.push(event);
    }

    fn position(&self) -> u32 {
        u32::try_from(self.events.len()).unwrap()
    }

    async fn record(&mut self, record: Record) -> Result<Vec<Message>, JournalError> {
        self.keep(record);
        Ok(Vec::new())
    }

    async fn pause(&mut self, reason: &str, record: Record) -> Result<Pausing, JournalError> {
        if self.withdrawn {
            return Ok(Pausing::Withdrawn(Vec::new()));
        }
        self.keep(record);
        self.paused = Some(reason.to_owned());
        Ok(Pausing::Paused)
    }

    async fn finish(
        &mut self,
        end: &EndState,
        answer: Option<String>,
        record: Record,
    ) -> Result<Ending, JournalError> {
        if let Some(late) = self.late.take() {
            return Ok(Ending::Steered(vec![late]));
        }
        self.keep(record);
        self.end = Some(end.clone());
        self.answer = answer;
        Ok(Ending::Ended)
    }
}
