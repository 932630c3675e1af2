//! What a feed has sent last, so that whoever joins it a little late reads nothing.

use std::collections::VecDeque;
use std::sync::Arc;

use mosaic_domain::Cursor;

use crate::frame::Frame;

/// Room that is taken for it at the most: some 150 pieces of an answer, or the result of one tool.
const KEPT_BYTES: usize = 64 << 10;

/// The last frames of a feed, without gaps.
#[derive(Debug)]
pub(crate) struct Recent {
    frames: VecDeque<Arc<Frame>>,
    bytes: usize,
    /// Everything sent after this event is here.
    since: Cursor,
}

impl Recent {
    /// Nothing yet, of a feed that sends what comes after `since`.
    pub(crate) const fn new(since: Cursor) -> Self {
        Self {
            frames: VecDeque::new(),
            bytes: 0,
            since,
        }
    }

    /// Keeps the frame that was sent last, in place of the oldest ones where there is no room.
    pub(crate) fn keep(&mut self, frame: Arc<Frame>) {
        self.bytes += frame.size();
        self.frames.push_back(frame);
        while self.bytes > KEPT_BYTES
            && let Some(oldest) = self.frames.pop_front()
        {
            self.bytes -= oldest.size();
            self.since = oldest.cursor();
        }
    }

    /// What was sent after this event; `None` if not all of it is here.
    pub(crate) fn after(&self, cursor: Cursor) -> Option<VecDeque<Arc<Frame>>> {
        if cursor < self.since {
            return None;
        }
        let begin = self
            .frames
            .partition_point(|frame| frame.cursor() <= cursor);
        Some(self.frames.range(begin..).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use mosaic_domain::{ConversationId, RunEvent, RunId};
    use mosaic_proto::log::LogEvent;
    use uuid::Uuid;

    use super::*;

    fn frame(seq: u32, size: usize) -> anyhow::Result<Arc<Frame>> {
        let delta = RunEvent::TextDelta {
            step: 1,
            text: "x".repeat(size),
        };
        let event = LogEvent::encode(Cursor::new(1, seq), &delta, DateTime::UNIX_EPOCH)?;
        let (conversation, run) = (
            ConversationId::new(Uuid::from_u128(1)),
            RunId::new(Uuid::from_u128(2)),
        );
        Ok(Arc::new(Frame::render(conversation, run, &event)?))
    }

    fn seqs_after(recent: &Recent, seq: u32) -> Option<Vec<u32>> {
        let frames = recent.after(Cursor::new(1, seq))?;
        Some(frames.iter().map(|frame| frame.cursor().seq).collect())
    }

    #[test]
    fn whoever_has_seen_what_is_no_longer_kept_gets_the_rest() {
        let mut recent = Recent::new(Cursor::START);
        assert_eq!(recent.after(Cursor::START).unwrap().len(), 0);
        recent.keep(frame(1, 1).unwrap());
        assert_eq!(recent.after(Cursor::START).unwrap().len(), 1);
        for seq in 2..=1_000 {
            recent.keep(frame(seq, 1).unwrap());
        }
        assert!(recent.after(Cursor::START).is_none());
        let gone = (1..1_000).find(|seq| seqs_after(&recent, *seq).is_some());
        let gone = gone.unwrap();
        assert!((750..950).contains(&gone), "{gone}");
        assert_eq!(
            seqs_after(&recent, gone).unwrap(),
            (gone + 1..=1_000).collect::<Vec<_>>()
        );
        assert_eq!(seqs_after(&recent, 999).unwrap(), [1_000]);
        assert_eq!(seqs_after(&recent, 1_000).unwrap(), [0_u32; 0]);
    }

    #[test]
    fn large_frames_are_kept_as_far_as_there_is_room() {
        let mut recent = Recent::new(Cursor::START);
        for seq in 1..=10 {
            recent.keep(frame(seq, 20 << 10).unwrap());
        }
        assert_eq!(seqs_after(&recent, 7).unwrap(), [8, 9, 10]);
        assert_eq!(seqs_after(&recent, 6), None);
        recent.keep(frame(11, KEPT_BYTES).unwrap());
        assert_eq!(seqs_after(&recent, 10), None, "it is too large by itself");
        assert_eq!(seqs_after(&recent, 11).unwrap(), [0_u32; 0]);
        recent.keep(frame(12, 1).unwrap());
        assert_eq!(seqs_after(&recent, 11).unwrap(), [12]);
    }
}
