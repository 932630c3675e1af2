use super::*;
use mosaic_domain::event::StepUsage;
use mosaic_domain::{
    ConversationId, InstanceId, MemoryId, MessageId, StepKind, ToolOutcome, Usage,
};
use uuid::Uuid;

fn every_event() -> Vec<RunEvent> {
    let worker_id = InstanceId::new(Uuid::from_u128(1));
    let message_id = MessageId::new(Uuid::from_u128(2));
    let conversation_id = ConversationId::new(Uuid::from_u128(3));
    let usage = Usage {
        input_tokens: 5,
        output_tokens: 7,
        cache_read_tokens: 1,
        cache_write_tokens: 0,
    };
    let text = || "a \"quoted\"\nline — 界".to_owned();
    vec![
        RunEvent::Accepted {
            conversation_id,
            message_id,
            content: text(),
        },
        RunEvent::Started {
            worker_id,
            agent: "jarvis".into(),
            model: "offline/rules".into(),
        },
        RunEvent::Resumed {
            worker_id,
            rewind_to: 12,
        },
        RunEvent::MessageAdded {
            message_id,
            content: text(),
        },
        RunEvent::MemoryRecalled {
            memory_ids: vec![MemoryId::new(Uuid::from_u128(4))],
        },
        RunEvent::StepStarted {
            step: 1,
            kind: StepKind::Model,
        },
        RunEvent::TextDelta {
            step: 1,
            text: text(),
        },
        RunEvent::ThinkingDelta {
            step: 1,
            text: text(),
        },
        RunEvent::ToolStarted {
            step: 2,
            call_id: "c1".into(),
            name: "calculator".into(),
            arguments: serde_json::json!({"expression": "1+1", "deep": [1.5, null, {"x": true}]}),
        },
        RunEvent::ToolCompleted {
            step: 2,
            call_id: "c1".into(),
            name: "calculator".into(),
            outcome: ToolOutcome::Unknown,
            output: text(),
        },
        RunEvent::StepCompleted(StepUsage {
            step: 1,
            kind: StepKind::Tool,
            usage,
            duration_ms: 9,
        }),
        RunEvent::Progress { note: text() },
        RunEvent::Paused { reason: text() },
        RunEvent::Completed {
            message_id,
            content: text(),
            usage,
        },
        RunEvent::Failed {
            code: "provider_auth".into(),
            reason: text(),
        },
        RunEvent::Cancelled { reason: text() },
        RunEvent::Killed { reason: text() },
    ]
}

#[test]
fn every_event_survives_canonical_json_and_back() {
    for event in every_event() {
        let body = EventBody::encode(&event, DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(body.decode().unwrap(), event, "{}", body.data);
    }
}

#[test]
fn a_payload_is_canonical_protobuf_json() {
    let event = RunEvent::StepStarted {
        step: 3,
        kind: StepKind::Model,
    };
    let body = EventBody::encode(&event, DateTime::UNIX_EPOCH).unwrap();
    assert_eq!(body.data.get(), r#"{"step":3,"kind":"STEP_KIND_MODEL"}"#);
}

#[test]
fn a_payload_that_does_not_fit_its_type_is_refused() {
    let refuse = |type_name: &'static str, json: &str| {
        let data = RawValue::from_string(json.to_owned()).unwrap();
        let body = EventBody {
            type_name: Cow::Borrowed(type_name),
            time: DateTime::UNIX_EPOCH,
            data,
        };
        body.decode().unwrap_err().to_string()
    };
    assert!(refuse("run.resumed", r#"{"workerId":"x"}"#).contains("instance id"));
    assert!(refuse("step.started", r#"{"step":1}"#).contains("step kind 0"));
    assert!(refuse("no.such", "{}").contains("not known"));
}
