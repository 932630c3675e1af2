//! The server as a plain HTTP client sees it; the adapters' tests cover the streams.

use std::time::Duration;

use serde_json::{Value, json};

use super::*;

struct Client(reqwest::Client);

impl Client {
    fn new() -> Self {
        let builder = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(5));
        Self(builder.build().unwrap())
    }

    async fn post(&self, url: String, body: &Value) -> (u16, Value) {
        let request = self
            .0
            .post(url)
            .header("anthropic-version", "2023-06-01")
            .json(body);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }
}

fn said(text: &str) -> Value {
    json!([{"role": "user", "content": text}])
}

#[tokio::test]
async fn whole_answers_have_the_shape_of_each_protocol() {
    let turn = Turn::text("Hi {user}")
        .with_thinking("hm")
        .with_tool_call("clock", json!({}));
    let server = ModelServer::start(Script::answering(turn)).await.unwrap();
    let client = Client::new();
    let messages = said("Ada");

    let body = json!({"model": "m", "messages": messages});
    let (_, answer) = client
        .post(format!("{}/chat/completions", server.openai_url()), &body)
        .await;
    let message = &answer["choices"][0]["message"];
    assert_eq!(message["content"], "Hi Ada");
    assert_eq!(message["reasoning_content"], "hm");
    assert_eq!(message["tool_calls"][0]["function"]["arguments"], "{}");
    assert_eq!(answer["choices"][0]["finish_reason"], "tool_calls");

    let body = json!({"model": "m", "max_tokens": 9, "messages": messages});
    let (_, answer) = client
        .post(format!("{}/v1/messages", server.anthropic_url()), &body)
        .await;
    assert_eq!(
        answer["content"][1],
        json!({"type": "text", "text": "Hi Ada"})
    );
    assert_eq!(answer["content"][2]["name"], "clock");
    assert_eq!(answer["stop_reason"], "tool_use");

    let body = json!({"model": "m", "stream": false, "messages": messages});
    let (_, answer) = client
        .post(format!("{}/api/chat", server.ollama_url()), &body)
        .await;
    assert_eq!(answer["message"]["content"], "Hi Ada");
    assert_eq!(
        answer["message"]["tool_calls"][0]["function"]["arguments"],
        json!({})
    );
    assert_eq!(answer["done"], true);
}

#[tokio::test]
async fn openai_refuses_what_the_real_service_refuses() {
    let server = ModelServer::start(Script::echo()).await.unwrap();
    let client = Client::new();
    let url = || format!("{}/chat/completions", server.openai_url());
    let call = json!({"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}});
    let mut object_arguments = call.clone();
    object_arguments["function"]["arguments"] = json!({});
    for (messages, more) in [
        (json!([]), json!({})),
        (said("x"), json!({"unknown": 1})),
        (
            said("x"),
            json!({"stream_options": {"include_usage": true}}),
        ),
        (said("x"), json!({"max_tokens": 0})),
        (said("x"), json!({"tools": []})),
        (json!([{"role": "robot", "content": "x"}]), json!({})),
        (
            json!([{"role": "tool", "tool_call_id": "a", "content": "x"}]),
            json!({}),
        ),
        (
            json!([{"role": "user", "content": "x"}, {"role": "assistant", "tool_calls": [call]}]),
            json!({}),
        ),
        (
            json!([{"role": "assistant", "tool_calls": [call]}, {"role": "user", "content": "x"}]),
            json!({}),
        ),
        (json!([{"role": "assistant", "content": null}]), json!({})),
        (
            json!([{"role": "assistant", "tool_calls": [object_arguments]}, {"role": "tool", "tool_call_id": "a", "content": "x"}]),
            json!({}),
        ),
    ] {
        let mut body = json!({"model": "m", "messages": messages});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let (status, answer) = client.post(url(), &body).await;
        assert_eq!(status, 400, "{body}");
        assert_eq!(answer["error"]["type"], "invalid_request_error", "{answer}");
    }
}

#[tokio::test]
async fn anthropic_refuses_what_the_real_service_refuses() {
    let server = ModelServer::start(Script::echo()).await.unwrap();
    let client = Client::new();
    let user = json!({"role": "user", "content": "x"});
    let calling = json!({"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "f", "input": {}}]});
    let result = json!({"type": "tool_result", "tool_use_id": "a", "content": "1"});
    let text = json!({"type": "text", "text": "t"});
    for body in [
        json!({"messages": [user]}),
        json!({"max_tokens": 1, "messages": [user, user]}),
        json!({"max_tokens": 1, "messages": [calling, user]}),
        json!({"max_tokens": 1, "messages": [user, calling]}),
        json!({"max_tokens": 1, "messages": [user, calling, user]}),
        json!({"max_tokens": 1, "messages": [user, calling, {"role": "user", "content": [text, result]}]}),
        json!({"max_tokens": 1, "messages": [{"role": "user", "content": [result]}]}),
        json!({"max_tokens": 1, "messages": [{"role": "user", "content": [{"type": "text", "text": " "}]}]}),
        json!({"max_tokens": 1, "messages": [user, {"role": "assistant", "content": [{"type": "thinking", "thinking": "a", "signature": "forged"}]}, user]}),
        json!({"max_tokens": 1, "messages": [user], "stream_options": {}}),
        json!({"max_tokens": 2000, "messages": [user], "thinking": {"type": "enabled", "budget_tokens": 2000}}),
        json!({"max_tokens": 1, "messages": [user], "thinking": {"type": "adaptive"}, "temperature": 1}),
        json!({"max_tokens": 1, "messages": [user], "tools": [{"name": "f", "parameters": {}}]}),
    ] {
        let mut body = body;
        body["model"] = json!("m");
        let url = format!("{}/v1/messages", server.anthropic_url());
        let (status, answer) = client.post(url, &body).await;
        assert_eq!(status, 400, "{body}");
        assert_eq!(answer["type"], "error", "{answer}");
        assert_eq!(answer["error"]["type"], "invalid_request_error", "{answer}");
    }
}

#[tokio::test]
async fn a_script_changes_while_the_server_runs_and_requests_are_remembered_up_to_a_limit() {
    let options = Options {
        remembered: 2,
        ..Options::default()
    };
    let server = ModelServer::start_with(Script::instant("one"), options)
        .await
        .unwrap();
    let client = Client::new();
    let url = || format!("{}/api/chat", server.ollama_url());
    for (text, expected) in [("a", "one"), ("b", "two"), ("c", "three")] {
        server.set_script(Script::instant(expected)).unwrap();
        let body = json!({"model": "m", "stream": false, "messages": said(text)});
        let (_, answer) = client.post(url(), &body).await;
        assert_eq!(answer["message"]["content"], expected);
    }
    let numbers: Vec<_> = server
        .requests()
        .iter()
        .map(|request| request.number)
        .collect();
    assert_eq!(numbers, [2, 3]);
    assert_eq!(server.calls(), 3);
    assert_eq!(server.requests()[1].body["messages"], said("c"));
}

#[tokio::test]
async fn a_dropped_server_frees_its_port() {
    let server = ModelServer::start(Script::echo()).await.unwrap();
    let address = server.address();
    drop(server);
    let free = async {
        while TcpListener::bind(address).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(3), free)
        .await
        .unwrap();
}
