//! What a healthy provider says arrives as it was said.

use mosaic_llm::{
    AssistantBlock, ChatMessage, CompletionEvent, FinishReason, HealthStatus, ProviderKind,
    ThinkingLevel, Usage,
};
use mosaic_testkit::model_server::{Script, ScriptedUsage, Turn};
use serde_json::json;

use crate::support::{REMOTE, build, calculator, config, hear, listen, provider, request, server};

#[tokio::test]
async fn text_streams_in_the_pieces_in_which_it_was_sent() {
    let server = server(Script::answering(Turn::chunks(["Grüße", ", ", "Welt 🌍"]))).await;
    for kind in REMOTE {
        let heard = listen(&*provider(kind, &server), request("hi")).await;
        let texts: Vec<_> = heard
            .events
            .iter()
            .filter_map(|event| match event {
                CompletionEvent::TextDelta { text } => Some(text.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(texts, ["Grüße", ", ", "Welt 🌍"], "{kind}");
        let (finish, usage) = heard.turn.done().unwrap();
        assert_eq!((finish, usage.output), (FinishReason::Stop, 3), "{kind}");
    }
}

#[tokio::test]
async fn usage_is_split_without_overlap() {
    let reported = ScriptedUsage {
        input: 10,
        output: 20,
        cache_read: 300,
        cache_write: 4000,
    };
    let server = server(Script::answering(Turn::text("ok").with_usage(reported))).await;
    let split = Usage {
        input: 10,
        output: 20,
        cache_read: 300,
        cache_write: 4000,
    };
    for kind in REMOTE {
        let turn = hear(&*provider(kind, &server), request("hi")).await;
        // Ollama counts the whole prompt and tells nothing of its cache.
        let expected = match kind {
            ProviderKind::Ollama => Usage {
                input: 4310,
                output: 20,
                ..Usage::default()
            },
            _ => split,
        };
        assert_eq!(turn.done().unwrap().1, expected, "{kind}");
        assert_eq!(expected.total(), split.total());
    }
}

#[tokio::test]
async fn a_tool_conversation_with_thinking_goes_both_ways() {
    let first = Turn::text("Let me see.")
        .with_thinking("I should calculate.")
        .with_tool_call("calculator", json!({"expression": "17 * 23 \"ä\""}))
        .with_tool_call("calculator", json!({}));
    let script = Script::instant("?")
        .when("17")
        .step(first)
        .then_text("It is {result}.");
    let server = server(script).await;
    for kind in REMOTE {
        let provider = provider(kind, &server);
        let mut request = request("What is 17 * 23?")
            .with_system("Be brief.")
            .with_tools(calculator());
        request.thinking = Some(ThinkingLevel::Medium);
        let turn = hear(&*provider, request.clone()).await;
        assert_eq!(turn.done().unwrap().0, FinishReason::ToolCalls, "{kind}");
        assert!(
            matches!(&turn.blocks()[0], AssistantBlock::Thinking { text, .. } if text == "I should calculate.")
        );
        assert_eq!(turn.text(), "Let me see.");
        let calls: Vec<_> = turn.tool_calls().cloned().collect();
        assert_eq!(
            calls[0].arguments,
            json!({"expression": "17 * 23 \"ä\""}),
            "{kind}"
        );
        assert_eq!(calls[1].arguments, json!({}), "{kind}");
        assert_ne!(calls[0].id, calls[1].id, "{kind}");

        request.messages.push(turn.into_message());
        request.messages.push(ChatMessage::tool_error(
            &calls[1].id,
            "nothing to calculate",
        ));
        request
            .messages
            .push(ChatMessage::tool_result(&calls[0].id, "391"));
        let turn = hear(&*provider, request.clone()).await;
        assert_eq!(turn.text(), "It is 391.", "{kind}");

        request.messages.push(turn.into_message());
        request.messages.push(ChatMessage::user("thanks"));
        assert_eq!(hear(&*provider, request).await.text(), "?", "{kind}");
    }
    assert_eq!(server.calls(), 9);
}

#[tokio::test]
async fn a_conversation_moves_to_another_provider_in_the_middle() {
    let script = Script::instant("done").when("go").step(
        Turn::default()
            .with_thinking("hm")
            .with_tool_call("calculator", json!({"expression": "1"})),
    );
    let server = server(script.then_text("{result}")).await;
    for (from, to) in REMOTE
        .into_iter()
        .flat_map(|from| REMOTE.map(|to| (from, to)))
    {
        let mut request = request("go").with_tools(calculator());
        let turn = hear(&*provider(from, &server), request.clone()).await;
        let id = turn.tool_calls().next().unwrap().id.clone();
        request
            .messages
            .extend([turn.into_message(), ChatMessage::tool_result(id, "42")]);
        assert_eq!(
            hear(&*provider(to, &server), request).await.text(),
            "42",
            "{from} to {to}"
        );
    }
}

#[tokio::test]
async fn every_option_is_sent_in_the_words_of_the_protocol() {
    let server = server(Script::instant("ok")).await;
    for kind in REMOTE {
        let mut request = request("hi").with_system("sys").with_tools(calculator());
        request.max_tokens = Some(77);
        request.temperature = Some(0.5);
        hear(&*provider(kind, &server), request).await;
    }
    let bodies: Vec<_> = server
        .requests()
        .into_iter()
        .map(|request| request.body)
        .collect();
    assert_eq!(bodies[0]["max_tokens"], 77);
    assert_eq!(bodies[0]["stream_options"]["include_usage"], true);
    assert_eq!(bodies[0]["messages"][0]["role"], "system");
    assert_eq!(bodies[0]["tools"][0]["function"]["name"], "calculator");
    assert_eq!(bodies[1]["max_tokens"], 77);
    assert_eq!(bodies[1]["system"][0]["text"], "sys");
    assert_eq!(bodies[1]["tools"][0]["input_schema"]["type"], "object");
    assert_eq!(bodies[2]["options"]["num_predict"], 77);
    for body in &bodies {
        let temperature = body
            .get("temperature")
            .unwrap_or(&body["options"]["temperature"]);
        assert_eq!(temperature, 0.5);
    }
}

#[tokio::test]
async fn unusual_ends_are_told_apart() {
    let words = [
        (
            ProviderKind::Openai,
            [
                ("length", FinishReason::Length),
                ("content_filter", FinishReason::ContentFilter),
                ("odd", FinishReason::Other),
            ],
        ),
        (
            ProviderKind::Anthropic,
            [
                ("max_tokens", FinishReason::Length),
                ("refusal", FinishReason::ContentFilter),
                ("odd", FinishReason::Other),
            ],
        ),
        (
            ProviderKind::Ollama,
            [
                ("length", FinishReason::Length),
                ("stop", FinishReason::Stop),
                ("odd", FinishReason::Other),
            ],
        ),
    ];
    for (kind, ends) in words {
        for (word, expected) in ends {
            let turn = Turn {
                finish: Some(word.to_owned()),
                ..Turn::text("part")
            };
            let server = server(Script::answering(turn)).await;
            let heard = hear(&*provider(kind, &server), request("hi")).await;
            assert_eq!(heard.done().unwrap().0, expected, "{kind} {word}");
        }
    }
}

#[tokio::test]
async fn a_check_lists_the_models_and_notices_a_missing_default() {
    let server = server(
        Script::instant("ok")
            .with_models(&["a", "scripted"])
            .with_key("k"),
    )
    .await;
    for kind in REMOTE {
        let config = config(kind, &server).with_api_key("k");
        let health = build(config.clone()).check().await.unwrap();
        assert_eq!(health.status, HealthStatus::Healthy, "{kind}");
        let names: Vec<_> = health
            .models
            .iter()
            .map(|model| model.id.as_str())
            .collect();
        assert_eq!(names, ["a", "scripted"], "{kind}");
        let health = build(config.with_default_model("gone"))
            .check()
            .await
            .unwrap();
        assert_eq!(health.status, HealthStatus::Degraded, "{kind}");
        assert!(
            health
                .note
                .unwrap()
                .contains("providers.tested.default_model")
        );
    }
}
