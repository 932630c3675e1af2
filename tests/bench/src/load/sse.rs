//! Server-sent events, as far as a load needs to understand them.

/// Cuts a stream of bytes into events.
#[derive(Debug, Default)]
pub(crate) struct Events {
    buffer: Vec<u8>,
}

impl Events {
    /// Adds what was received.
    pub(crate) fn receive(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole event.
    pub(crate) fn next(&mut self) -> Option<String> {
        let end = self.buffer.windows(2).position(|pair| pair == b"\n\n")?;
        let event = String::from_utf8_lossy(&self.buffer[..end]).into_owned();
        self.buffer.drain(..end + 2);
        Some(event)
    }
}

/// The type of an event; empty for a comment.
pub(crate) fn kind(event: &str) -> &str {
    let mut lines = event.lines();
    lines
        .find_map(|line| line.strip_prefix("event: "))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_found_wherever_the_stream_was_cut() {
        let text = b"retry: 1000\n\nid: 1\nevent: run.started\ndata: {}\n\nid: 2\nevent: text.delta\ndata: {}\n\n";
        for cut in 0..text.len() {
            let mut events = Events::default();
            let mut kinds = Vec::new();
            for part in [&text[..cut], &text[cut..]] {
                events.receive(part);
                while let Some(event) = events.next() {
                    kinds.push(kind(&event).to_owned());
                }
            }
            assert_eq!(kinds, ["", "run.started", "text.delta"], "cut at {cut}");
        }
    }
}
