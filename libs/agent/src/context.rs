//! Fitting a conversation into a model's window.
//!
//! The usual way is compaction: when a history fills four fifths of the window, its older part is summarised in the
//! background. What is here is the safety net below it: while the summary is not there yet, or cannot be made, the oldest
//! messages are left out of the call.

use mosaic_llm::ChatMessage;

/// Share of the window that the conversation may fill; the rest is for the answer and for error in the estimate. More than
/// the share at which histories are compacted, so that nothing is left out while there is time to summarise it.
const SHARE: f64 = 0.9;

/// Characters that make about one token.
const CHARACTERS_PER_TOKEN: usize = 4;

/// The messages that fit into a window of `window` tokens beside a prompt of `prompt` characters: all of this
/// turn, and as many earlier ones as fit, newest first. The first `history` messages are the earlier ones.
pub(crate) fn fit(
    messages: &[ChatMessage],
    history: usize,
    prompt: usize,
    window: u32,
) -> &[ChatMessage] {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate of a positive number far below the limits"
    )]
    let tokens = (f64::from(window) * SHARE) as usize;
    let mut left = (tokens * CHARACTERS_PER_TOKEN).saturating_sub(prompt);
    let mut first = messages.len();
    while first > 0 {
        let size = characters(&messages[first - 1]);
        if first <= history && size > left {
            break;
        }
        left = left.saturating_sub(size);
        first -= 1;
    }
    // Some protocols insist that a conversation begins with a person.
    while first < history && !matches!(messages[first], ChatMessage::User { .. }) {
        first += 1;
    }
    &messages[first..]
}

fn characters(message: &ChatMessage) -> usize {
    match message {
        ChatMessage::User { content } | ChatMessage::ToolResult { content, .. } => content.len(),
        ChatMessage::Assistant { blocks } => blocks
            .iter()
            .map(|block| serde_json::to_string(block).map_or(0, |json| json.len()))
            .sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn earlier_turns_are_dropped_oldest_first_and_this_turn_never() {
        let long = "x".repeat(400);
        let messages: Vec<_> = (0..6)
            .map(|n| {
                if n % 2 == 0 {
                    ChatMessage::user(&long)
                } else {
                    ChatMessage::assistant(&long)
                }
            })
            .collect();
        assert_eq!(fit(&messages, 5, 0, 100_000).len(), 6);
        assert_eq!(
            fit(&messages, 5, 0, 250).len(),
            2,
            "one earlier pair does not fit as a whole"
        );
        assert_eq!(
            fit(&messages, 5, 0, 1).len(),
            1,
            "what this turn is about always stays"
        );
    }
}
