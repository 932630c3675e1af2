//! What of a conversation is summarised, and in which pieces.

use mosaic_llm::SummaryLine;
use mosaic_storage::{KEPT_RUNS, SummaryMessage};

/// How many of the messages, from the oldest, a compaction takes in: whole runs, so that nobody reads an answer without
/// its question. The newest runs stay word for word as far as they fit into `keep` bytes and are no more than `most`
/// messages, and a few of them however long they are.
pub(crate) fn oldest_part(messages: &[SummaryMessage], keep: usize, most: usize) -> usize {
    let mut end = messages.len();
    let (mut kept, mut runs) = (0_usize, 0);
    while let Some(last) = messages[..end].last() {
        let before = messages[..end].iter().rev();
        let length = before.take_while(|one| one.ordinal == last.ordinal).count();
        let start = end - length;
        let bytes: usize = messages[start..end]
            .iter()
            .map(|one| one.content.len())
            .sum();
        let fits = kept.saturating_add(bytes) <= keep && messages.len() - start <= most;
        if runs >= KEPT_RUNS && !fits {
            break;
        }
        kept = kept.saturating_add(bytes);
        runs += 1;
        end = start;
    }
    end
}

/// The lines that a model reads of these messages behind the first `taken` bytes of what they say. None if nothing is left,
/// or if no character begins there.
pub(crate) fn rest(messages: &[SummaryMessage], taken: u64) -> Option<Vec<SummaryLine>> {
    let mut skip = usize::try_from(taken).ok()?;
    let mut lines = Vec::new();
    for message in messages {
        let length = message.content.len();
        if skip > 0 && skip >= length {
            skip -= length;
            continue;
        }
        lines.push(SummaryLine {
            by: message.role.as_str().to_owned(),
            text: message.content.get(skip..)?.to_owned(),
        });
        skip = 0;
    }
    (!lines.is_empty()).then_some(lines)
}

/// As many whole runs as can be read in `most` pieces behind the first `taken` bytes: the last of them, and the pieces. None if
/// not even one can be read to its end.
pub(crate) fn whole_runs(
    messages: &[SummaryMessage],
    taken: u64,
    room: usize,
    most: usize,
) -> Option<(i32, Vec<Vec<SummaryLine>>)> {
    let all = pieces(rest(messages, taken)?, room);
    if all.len() <= most {
        return Some((messages.last()?.ordinal, all));
    }
    let reach = taken + all[..most].iter().map(|piece| bytes(piece)).sum::<u64>();
    let (mut end, mut count, mut fit) = (0, 0, 0);
    for run in messages.chunk_by(|one, next| one.ordinal == next.ordinal) {
        end += run.iter().map(|one| one.content.len() as u64).sum::<u64>();
        count += run.len();
        if taken < end && end <= reach {
            fit = count;
        }
    }
    let part = &messages[..fit];
    Some((part.last()?.ordinal, pieces(rest(part, taken)?, room)))
}

/// How much a piece says, in bytes.
pub(crate) fn bytes(piece: &[SummaryLine]) -> u64 {
    piece.iter().map(|line| line.text.len() as u64).sum()
}

/// The lines in pieces of at most about `room` bytes each; a longer line is divided.
pub(crate) fn pieces(lines: Vec<SummaryLine>, room: usize) -> Vec<Vec<SummaryLine>> {
    let mut pieces: Vec<Vec<SummaryLine>> = Vec::new();
    let mut left = 0;
    for line in lines.into_iter().flat_map(|line| divided(line, room)) {
        let size = line.json().len() + 1;
        match pieces.last_mut() {
            Some(piece) if size <= left => {
                left -= size;
                piece.push(line);
            }
            _ => {
                left = room.saturating_sub(size);
                pieces.push(vec![line]);
            }
        }
    }
    pieces
}

fn divided(line: SummaryLine, room: usize) -> Vec<SummaryLine> {
    if line.json().len() < room {
        return vec![line];
    }
    // Half the room: quotes and line breaks take two bytes in JSON.
    let most = (room / 2).max(64);
    let mut parts = Vec::new();
    let mut rest = line.text.as_str();
    while !rest.is_empty() {
        let (part, after) = rest.split_at(rest.floor_char_boundary(most));
        parts.push(SummaryLine {
            by: line.by.clone(),
            text: part.to_owned(),
        });
        rest = after;
    }
    parts
}

#[cfg(test)]
mod tests {
    use mosaic_domain::Role;

    use super::*;

    fn run(ordinal: i32, length: usize) -> [SummaryMessage; 2] {
        [Role::User, Role::Assistant].map(|role| SummaryMessage {
            ordinal,
            role,
            content: "x".repeat(length),
        })
    }

    #[test]
    fn whole_runs_are_taken_in_and_the_newest_stay() {
        let messages: Vec<_> = (1..=6).flat_map(|ordinal| run(ordinal, 100)).collect();
        assert_eq!(oldest_part(&messages, 650, 99), 6, "three runs fit");
        assert_eq!(oldest_part(&messages, 10_000, 99), 0);
        assert_eq!(
            oldest_part(&messages, 10_000, 7),
            6,
            "six messages may stay"
        );
        assert_eq!(oldest_part(&messages, 0, 0), 8, "the last two always stay");
        assert_eq!(oldest_part(&messages[..4], 0, 0), 0);
        assert_eq!(oldest_part(&[], 0, 0), 0);
    }

    #[test]
    fn an_attempt_goes_on_where_the_one_before_it_ended_and_reads_whole_runs() {
        let messages: Vec<_> = (1..=6).flat_map(|ordinal| run(ordinal, 300)).collect();
        let (last, all) = whole_runs(&messages, 0, 500, 99).unwrap();
        assert_eq!((last, all.len()), (6, 12), "one message fits a piece");
        let (last, some) = whole_runs(&messages, 0, 500, 5).unwrap();
        assert_eq!((last, some.len()), (2, 4), "half a run is left to the next");
        let (last, some) = whole_runs(&messages, 300, 500, 5).unwrap();
        assert_eq!((last, some.len()), (3, 5));
        let (last, some) = whole_runs(&messages, 3_500, 500, 5).unwrap();
        assert_eq!((last, some.len(), bytes(&some[0])), (6, 1, 100));
        assert!(whole_runs(&messages, 0, 500, 1).is_none());
        assert!(rest(&messages, 3_600).is_none(), "nothing is left");
        let umlaut = [SummaryMessage {
            content: "ü".into(),
            ..messages[0].clone()
        }];
        assert!(rest(&umlaut, 1).is_none());
    }

    #[test]
    fn text_that_does_not_fit_at_once_is_read_in_pieces_and_none_is_lost() {
        let words: Vec<String> = (0..400).map(|n| format!("ü{n}")).collect();
        let text = words.join(" ");
        let long = SummaryLine {
            by: "user".into(),
            text: text.clone(),
        };
        let short = SummaryLine {
            by: "assistant".into(),
            text: "ok".into(),
        };
        let pieces = pieces(vec![short.clone(), long, short], 500);
        assert!(pieces.len() > 3, "{}", pieces.len());
        let mut said = String::new();
        for piece in &pieces {
            let size: usize = piece.iter().map(|line| line.json().len() + 1).sum();
            assert!(size <= 500, "{size}");
            let theirs = piece.iter().filter(|line| line.by == "user");
            theirs.for_each(|line| said.push_str(&line.text));
        }
        assert_eq!(said, text);
    }
}
