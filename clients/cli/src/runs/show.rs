//! One run as people read it.

use mosaic_client::{Requested, Run};

use crate::render::text::{duration, flat, local_time};

/// What a worker was asked to do and has not done yet.
pub(super) const fn asked(requested: Requested) -> Option<&'static str> {
    match requested {
        Requested::Stop => Some("stop"),
        Requested::Pause => Some("pause"),
        Requested::Unknown => None,
    }
}

/// A run, a line for each thing that is known of it.
pub(super) fn shown(run: &Run) -> String {
    let mut lines = vec![
        ("run", run.id.to_string()),
        ("conversation", run.conversation_id.to_string()),
        ("state", run.state.as_str().to_owned()),
    ];
    let mut optional = |name, value: Option<String>| lines.extend(value.map(|value| (name, value)));
    optional("asked to", run.requested.and_then(asked).map(str::to_owned));
    optional("paused", run.pause_reason.clone());
    optional("code", run.end_code.clone());
    optional("reason", run.end_reason.clone());
    optional("agent", run.agent.clone());
    optional("model", run.model.clone());
    optional("queued", Some(local_time(run.created_at)));
    let took = run
        .started_at
        .zip(run.ended_at)
        .map(|(start, end)| end - start);
    optional("started", run.started_at.map(local_time));
    optional(
        "took",
        took.map(|took| duration(took.num_milliseconds().unsigned_abs())),
    );
    let usage = run.usage;
    optional(
        "tokens",
        Some(format!(
            "{} in, {} out",
            usage.input_tokens, usage.output_tokens
        )),
    );
    let shown = |(name, value): &(&str, String)| format!("{name:<13} {}\n", flat(value));
    lines.iter().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_shown_with_what_is_known_of_it() {
        let id = "01890000-0000-7000-8000-000000000001";
        let run = serde_json::json!({"id": id, "conversationId": id, "state": "failed", "endCode": "provider_auth",
            "endReason": "the key\nwas refused", "createdAt": "2026-01-02T03:04:05Z",
            "startedAt": "2026-01-02T03:04:06Z", "endedAt": "2026-01-02T03:04:08.5Z", "usage": {"inputTokens": 3}});
        let text = shown(&serde_json::from_value(run).unwrap());
        let timeless: Vec<&str> = text
            .lines()
            .filter(|line| !line.starts_with("queued") && !line.starts_with("started"))
            .collect();
        insta::assert_snapshot!(timeless.join("\n"), @r"
        run           01890000-0000-7000-8000-000000000001
        conversation  01890000-0000-7000-8000-000000000001
        state         failed
        code          provider_auth
        reason        the key was refused
        took          2.5 s
        tokens        3 in, 0 out
        ");
    }
}
