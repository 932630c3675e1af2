//! What compatible servers do differently, sent byte by byte.

use std::fmt::Write as _;

use mosaic_llm::{AssistantBlock, FinishReason, LlmErrorKind, ProviderConfig, ProviderKind};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::{Heard, build, listen, request};

/// Answers one request with this body in HTTP chunks of `size` bytes, so that frames and characters are torn apart.
async fn exchange(kind: ProviderKind, body: &str, size: usize) -> Heard {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let config = ProviderConfig::new(kind).with_base_url(format!("http://{address}"));
    let provider = build(config);
    let serving = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut received = vec![0; 65536];
        let count = socket.read(&mut received).await.unwrap();
        assert!(count > 0);
        let mut answer = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
        for piece in body.as_bytes().chunks(size) {
            let mut head = String::new();
            write!(head, "{:x}\r\n", piece.len()).unwrap();
            answer.extend([head.as_bytes(), piece, b"\r\n"].concat());
        }
        answer.extend(b"0\r\n\r\n");
        socket.write_all(&answer).await.unwrap();
        socket
    };
    let (heard, _socket) = tokio::join!(listen(&*provider, request("hi")), serving);
    heard
}

fn events(chunks: &[serde_json::Value]) -> String {
    let frames: Vec<_> = chunks
        .iter()
        .map(|chunk| format!("data: {chunk}\n\n"))
        .collect();
    frames.concat()
}

fn call_names(heard: &Heard) -> Vec<(String, String)> {
    let calls = heard.turn.tool_calls();
    calls
        .map(|call| (call.name.clone(), call.arguments.to_string()))
        .collect()
}

#[tokio::test]
async fn frames_and_characters_may_be_torn_apart_anywhere() {
    let openai = events(&[
        json!({"choices": [{"delta": {"content": "Grüße 🌍"}}]}),
        json!({"choices": [{"delta": {}, "finish_reason": "stop"}]}),
    ]) + "data: [DONE]\n\n";
    let anthropic = events(&[
        json!({"type": "message_start", "message": {"usage": {"input_tokens": 1, "output_tokens": 1}}}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Grüße 🌍"}}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 4}}),
        json!({"type": "message_stop"}),
    ]);
    let ollama = [
        json!({"message": {"content": "Grüße 🌍"}, "done": false}),
        json!({"message": {"content": ""}, "done": true, "done_reason": "stop"}),
    ]
    .map(|line| format!("{line}\r\n"))
    .concat();
    for size in [1, 2, 3, 7, 1000] {
        for (kind, body) in [
            (ProviderKind::Openai, &openai),
            (ProviderKind::Anthropic, &anthropic),
            (ProviderKind::Ollama, &ollama),
        ] {
            let heard = exchange(kind, body, size).await;
            assert_eq!(heard.error, None, "{kind} in pieces of {size}");
            assert_eq!(heard.turn.text(), "Grüße 🌍");
            assert_eq!(heard.turn.done().unwrap().0, FinishReason::Stop);
        }
    }
}

#[tokio::test]
async fn an_openai_stream_without_its_last_marker_ends_well_after_a_finish_reason() {
    let body = events(&[
        json!({"choices": [{"delta": {"content": "ok"}, "finish_reason": null}], "usage": null}),
        json!({"choices": [{"delta": {}, "finish_reason": "stop"}]}),
        json!({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}}),
    ]);
    let heard = exchange(
        ProviderKind::Openai,
        &format!(": keep-alive\n\n{body}"),
        1000,
    )
    .await;
    let (finish, usage) = heard.turn.done().unwrap();
    assert_eq!(
        (finish, usage.input, usage.output),
        (FinishReason::Stop, 5, 2)
    );
}

#[tokio::test]
async fn openai_tool_calls_are_told_apart_whatever_the_numbering() {
    let whole = |index: Option<u64>, id: &str, name: &str| json!({"index": index, "id": id, "function": {"name": name, "arguments": "{}"}});
    let numbering = [
        // Every call is number 0, or none has a number.
        vec![whole(Some(0), "a", "x"), whole(Some(0), "b", "y")],
        vec![whole(None, "a", "x"), whole(None, "b", "y")],
        // Arguments in pieces that say only the number.
        vec![
            json!({"index": 0, "id": "a", "function": {"name": "x", "arguments": "{"}}),
            json!({"index": 1, "id": "b", "function": {"name": "y", "arguments": ""}}),
            json!({"index": 0, "function": {"arguments": "}"}}),
        ],
    ];
    for calls in numbering {
        let mut chunks: Vec<_> = calls
            .iter()
            .map(|call| json!({"choices": [{"delta": {"tool_calls": [call]}}]}))
            .collect();
        chunks.push(json!({"choices": [{"delta": {}, "finish_reason": "tool_calls"}]}));
        let heard = exchange(ProviderKind::Openai, &events(&chunks), 1000).await;
        let expected = [("x", "{}"), ("y", "{}")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(call_names(&heard), expected, "{calls:?}");
    }
}

#[tokio::test]
async fn anthropic_tolerates_unknown_events_and_returns_encrypted_thinking() {
    let body = events(&[
        json!({"type": "message_start", "message": {"usage": {"input_tokens": 1}}}),
        json!({"type": "something_new", "value": 1}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "redacted_thinking", "data": "opaque"}}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "id": "t", "name": "x", "input": {"a": 1}}}),
        json!({"type": "content_block_stop", "index": 1}),
        json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"}}),
        json!({"type": "message_stop"}),
    ]);
    let heard = exchange(ProviderKind::Anthropic, &body, 1000).await;
    assert_eq!(heard.error, None);
    assert_eq!(
        heard.turn.blocks()[0],
        AssistantBlock::RedactedThinking {
            data: "opaque".into()
        }
    );
    assert_eq!(
        call_names(&heard),
        [("x".to_owned(), "{\"a\":1}".to_owned())]
    );
}

#[tokio::test]
async fn garbage_is_a_protocol_error() {
    for kind in [
        ProviderKind::Openai,
        ProviderKind::Anthropic,
        ProviderKind::Ollama,
    ] {
        for body in ["data: not json\n\n", "{\"half\": \n", "<!doctype html>\n"] {
            let heard = exchange(kind, body, 1000).await;
            let error = heard.error.unwrap();
            let expected = [LlmErrorKind::Protocol, LlmErrorKind::Network];
            assert!(expected.contains(&error.kind), "{kind} {body:?}: {error}");
            assert_eq!(heard.turn.done(), None);
        }
    }
}

#[tokio::test]
async fn a_router_reports_the_status_behind_it_inside_the_stream() {
    let body = events(&[
        json!({"choices": [{"delta": {"content": "a"}}]}),
        json!({"error": {"code": 429, "message": "upstream is busy"}, "choices": [{"delta": {"content": ""}, "finish_reason": "error"}]}),
    ]);
    let heard = exchange(ProviderKind::Openai, &body, 1000).await;
    assert_eq!(heard.error.unwrap().kind, LlmErrorKind::RateLimited);
}
