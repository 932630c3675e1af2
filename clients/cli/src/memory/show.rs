//! Memories as people read them, within 80 columns.

use mosaic_client::{FoundMemory, MemoriesFound, Memory, ScoreExplanation};
use mosaic_domain::{MemoryKind, Role};

use crate::failure::Failure;
use crate::output::{Output, Tone};
use crate::render::text::{local_time, one_line, printable};

/// Columns that are there everywhere.
const WIDTH: usize = 80;
const INDENT: &str = "  ";

/// What a search found.
pub(super) fn found(output: Output, found: &MemoriesFound, explain: bool) -> Result<(), Failure> {
    if output.json {
        for one in &found.items {
            output.document(one)?;
        }
    } else {
        for one in &found.items {
            output.raw(&one_found(output, one, explain))?;
        }
        if found.items.is_empty() {
            output.say("nothing is remembered that fits");
        }
    }
    if let Some(reason) = &found.degraded {
        let text = format!("less was compared than could be: {reason}");
        output.say(&output.paint(Tone::Warn, &text));
    }
    if explain {
        output.say(&format!("vectors by {}", printable(&found.model)));
        if let Some(note) = &found.note {
            output.say(&printable(note));
        }
    }
    Ok(())
}

/// A list of memories, each on two lines.
pub(super) fn list(output: Output, memories: &[Memory]) -> Result<(), Failure> {
    if output.json {
        for memory in memories {
            output.document(memory)?;
        }
        return Ok(());
    }
    if memories.is_empty() {
        output.say("nothing is remembered yet; what is said in `mosaic chat` will be");
    }
    for memory in memories {
        let head = format!("{}  {}", memory.id, head(memory));
        output.raw(&format!(
            "{}\n{INDENT}{}\n",
            output.paint_data(Tone::Strong, &one_line(&head, WIDTH)),
            text(memory)
        ))?;
    }
    Ok(())
}

/// One memory with its whole text.
pub(super) fn whole(output: Output, memory: &Memory) -> Result<(), Failure> {
    if output.json {
        output.document(memory)?;
        return Ok(());
    }
    output.say(&output.paint(Tone::Dim, &format!("{}  {}", memory.id, head(memory))));
    if let Some(id) = memory.conversation_id {
        let title = memory.conversation_title.as_deref().unwrap_or("(untitled)");
        output.say(&output.paint(Tone::Dim, &format!("conversation {id}  {title}")));
    }
    output.line(&printable(memory.content.trim_end()))?;
    Ok(())
}

fn one_found(output: Output, found: &FoundMemory, explain: bool) -> String {
    let memory = &found.memory;
    let mark = if found.relevant { "" } else { "  (far off)" };
    let head = format!("{:.2}  {}{mark}", found.score, head(memory));
    let mut lines = vec![
        output.paint_data(Tone::Strong, &one_line(&head, WIDTH)),
        format!("{INDENT}{}", text(memory)),
        format!(
            "{INDENT}{}",
            output.paint_data(Tone::Dim, &memory.id.to_string())
        ),
    ];
    if explain {
        let why = why(&found.explanation);
        lines.push(format!("{INDENT}{}", output.paint_data(Tone::Dim, &why)));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// When, who and where.
fn head(memory: &Memory) -> String {
    let who = match (memory.kind, memory.role) {
        (MemoryKind::Message, Role::User) => "you said",
        (MemoryKind::Message, Role::Assistant) => "mosaic said",
        (MemoryKind::Note, Role::User) => "you noted",
        (MemoryKind::Note, Role::Assistant) => "mosaic noted",
    };
    let time = local_time(memory.created_at);
    let place = memory.conversation_title.as_deref().unwrap_or_default();
    let place = printable(place);
    if place.is_empty() {
        format!("{time}  {who}")
    } else {
        format!("{time}  {who} in {}", one_line(&place, 30))
    }
}

fn text(memory: &Memory) -> String {
    one_line(&printable(&memory.content), WIDTH - INDENT.len())
}

fn why(why: &ScoreExplanation) -> String {
    let words = match (why.text_rank, why.text_score) {
        (Some(rank), Some(score)) => {
            let share = (why.text_coverage * 100.0).round();
            format!("words: place {rank}, {share} % of them, {score:.2}")
        }
        _ => "words: none".to_owned(),
    };
    let meaning = match (why.vector_rank, why.similarity) {
        (Some(rank), Some(cosine)) => format!("meaning: place {rank}, cosine {cosine:.2}"),
        _ => "meaning: not near".to_owned(),
    };
    format!("{words}; {meaning}; age {:.2}", why.recency)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found() -> FoundMemory {
        let json = serde_json::json!({
            "id": "01890000-0000-7000-8000-000000000001", "kind": "message", "role": "user",
            "conversationId": "01890000-0000-7000-8000-000000000002",
            "conversationTitle": "Pets and everything else that lives in the house",
            "text": "My dog is called Rex,\nand he is afraid of thunder, of fireworks and of the vacuum cleaner.",
            "createdAt": "2026-01-02T03:04:05Z", "score": 0.973, "relevant": true,
            "explanation": {"textRank": 1, "textScore": 0.2, "textCoverage": 1.0, "vectorRank": 2,
                "similarity": 0.71, "recency": 1.0}});
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn what_was_found_fits_into_eighty_columns() {
        let output = Output::new(false, true, 0);
        let shown = one_found(output, &found(), true);
        for line in shown.lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
        let without_time = shown.split_once("you said").unwrap().1;
        insta::assert_snapshot!(without_time, @r"
         in Pets and everything else th...
          My dog is called Rex, and he is afraid of thunder, of fireworks and of the...
          01890000-0000-7000-8000-000000000001
          words: place 1, 100 % of them, 0.20; meaning: place 2, cosine 0.71; age 1.00
        ");
    }

    #[test]
    fn what_is_far_off_says_so() {
        let mut found = found();
        found.relevant = false;
        found.explanation = ScoreExplanation::default();
        let shown = one_found(Output::new(false, true, 0), &found, true);
        assert!(shown.contains("(far off)"), "{shown}");
        assert!(shown.contains("words: none; meaning: not near"), "{shown}");
    }
}
