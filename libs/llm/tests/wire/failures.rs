//! Everything that goes wrong ends in the one taxonomy, in every protocol alike.

use std::time::Duration;

use mosaic_llm::{LlmErrorKind, ProviderConfig, ProviderKind};
use mosaic_testkit::model_server::{Failure, Outcome, Script, Turn};
use serde_json::json;

use crate::support::{REMOTE, build, calculator, config, fail, listen, provider, request, server};

#[tokio::test]
async fn statuses_map_to_the_same_kinds_everywhere() {
    let cases = [
        (401, LlmErrorKind::Auth, false),
        (403, LlmErrorKind::Auth, false),
        (413, LlmErrorKind::ContextTooLong, false),
        (429, LlmErrorKind::RateLimited, true),
        (400, LlmErrorKind::BadRequest, false),
        (500, LlmErrorKind::Overloaded, true),
        (503, LlmErrorKind::Overloaded, true),
        (529, LlmErrorKind::Overloaded, true),
    ];
    for (status, kind, retryable) in cases {
        let server = server(Script::answering(Turn::failing(status, "scripted words"))).await;
        for protocol in REMOTE {
            let error = fail(&*provider(protocol, &server), request("hi")).await;
            assert_eq!(error.kind, kind, "{protocol} {status}: {error}");
            assert_eq!(error.status, Some(status));
            assert_eq!(error.is_retryable(), retryable, "{protocol} {status}");
            assert!(error.message.contains("scripted words"), "{error}");
            assert!(!error.remedy().is_empty());
        }
    }
}

#[tokio::test]
async fn the_time_to_wait_is_read_from_the_header() {
    let turn = Turn::failing(429, "slow down").with_header("retry-after", "7");
    let server = server(Script::answering(turn)).await;
    for kind in REMOTE {
        let error = fail(&*provider(kind, &server), request("hi")).await;
        assert_eq!(error.retry_after, Some(Duration::from_secs(7)), "{kind}");
        assert!(error.remedy().contains("7 s"));
    }
}

#[tokio::test]
async fn a_wrong_key_names_the_setting_and_never_shows_the_key() {
    let server = server(Script::instant("ok").with_key("right")).await;
    for kind in REMOTE {
        let provider = build(config(kind, &server).with_api_key("open-sesame-4711"));
        for error in [
            fail(&*provider, request("hi")).await,
            provider.check().await.unwrap_err(),
        ] {
            assert_eq!(error.kind, LlmErrorKind::Auth, "{kind}");
            assert!(error.remedy().contains("providers.tested.api_key"));
            let shown = format!(
                "{error} {error:?} {}",
                serde_json::to_string(&error).unwrap()
            );
            assert!(!shown.contains("sesame"), "{shown}");
            assert!(shown.contains("[key]"), "{shown}");
        }
    }
    for request in server.requests() {
        assert!(!format!("{request:?}").contains("sesame"));
    }
}

#[tokio::test]
async fn an_unknown_model_is_told_as_such() {
    let server = server(Script::instant("ok").with_models(&["other"])).await;
    for kind in REMOTE {
        let error = fail(&*provider(kind, &server), request("hi")).await;
        assert_eq!(error.kind, LlmErrorKind::ModelNotFound, "{kind}: {error}");
        assert!(error.remedy().contains("providers.tested.default_model"));
    }
}

#[tokio::test]
async fn a_conversation_that_is_too_long_is_told_as_such() {
    let cases = [
        (
            ProviderKind::Openai,
            Some("context_length_exceeded"),
            "This model's maximum context length is 8192 tokens",
        ),
        (
            ProviderKind::Anthropic,
            None,
            "prompt is too long: 250000 tokens > 200000 maximum",
        ),
        (
            ProviderKind::Ollama,
            None,
            "the input exceeds the context window",
        ),
    ];
    for (kind, code, message) in cases {
        let mut turn = Turn::failing(400, message);
        turn.fail.as_mut().unwrap().code = code.map(str::to_owned);
        let server = server(Script::answering(turn)).await;
        let error = fail(&*provider(kind, &server), request("hi")).await;
        assert_eq!(error.kind, LlmErrorKind::ContextTooLong, "{kind}: {error}");
    }
}

#[tokio::test]
async fn an_error_inside_a_stream_comes_after_what_was_said_before_it() {
    let turn = Turn::chunks(["one", "two", "three"]);
    for (kind, code, expected) in [
        (
            ProviderKind::Anthropic,
            "overloaded_error",
            LlmErrorKind::Overloaded,
        ),
        (
            ProviderKind::Openai,
            "rate_limit_exceeded",
            LlmErrorKind::RateLimited,
        ),
        (ProviderKind::Ollama, "", LlmErrorKind::Overloaded),
    ] {
        let turn = turn.clone().erring_after(2, code, "overloaded, sorry");
        let server = server(Script::answering(turn)).await;
        let heard = listen(&*provider(kind, &server), request("hi")).await;
        assert_eq!(heard.turn.text(), "onetwo", "{kind}");
        let error = heard.error.unwrap();
        assert_eq!((error.kind, error.status), (expected, None), "{kind}");
    }
}

#[tokio::test]
async fn a_cut_or_unfinished_stream_is_never_a_normal_end() {
    for turn in [
        Turn::chunks(["one", "two", "three"]).cut_after(2),
        Turn::chunks(["one", "two", "three"]).ending_after(2),
    ] {
        let server = server(Script::answering(turn)).await;
        for kind in REMOTE {
            let heard = listen(&*provider(kind, &server), request("hi")).await;
            assert_eq!(heard.turn.text(), "onetwo", "{kind}");
            assert_eq!(heard.turn.done(), None, "{kind}");
            let error = heard.error.unwrap();
            assert_eq!(error.kind, LlmErrorKind::Network, "{kind}: {error}");
            assert!(error.is_retryable());
        }
    }
}

#[tokio::test]
async fn a_stream_cut_inside_a_tool_call_yields_no_call() {
    let turn = Turn::text("a b").with_tool_call("calculator", json!({"expression": "1"}));
    let server = server(Script::answering(turn.cut_after(2))).await;
    for kind in REMOTE {
        let heard = listen(&*provider(kind, &server), request("hi")).await;
        assert_eq!(heard.turn.tool_calls().count(), 0, "{kind}");
        assert_eq!(heard.error.unwrap().kind, LlmErrorKind::Network, "{kind}");
    }
}

#[tokio::test]
async fn malformed_tool_arguments_are_an_error_worth_a_retry() {
    for arguments in ["{\"expression\": ", "[1]", "\"text\""] {
        let turn = Turn::text("hm").with_raw_tool_call("calculator", arguments);
        let server = server(Script::answering(turn)).await;
        for kind in REMOTE {
            let heard = listen(
                &*provider(kind, &server),
                request("hi").with_tools(calculator()),
            )
            .await;
            let error = heard.error.unwrap();
            assert_eq!(error.kind, LlmErrorKind::Protocol, "{kind}");
            assert!(error.message.contains("calculator") && error.is_retryable());
            assert_eq!(heard.turn.tool_calls().count(), 0);
            assert_eq!(heard.turn.done(), None);
        }
    }
}

#[tokio::test]
async fn arguments_cut_by_the_token_limit_say_so() {
    let mut turn = Turn::default().with_raw_tool_call("calculator", "{\"expre");
    for (kind, word) in [
        (ProviderKind::Openai, "length"),
        (ProviderKind::Anthropic, "max_tokens"),
    ] {
        turn.finish = Some(word.to_owned());
        let server = server(Script::answering(turn.clone())).await;
        let error = fail(&*provider(kind, &server), request("hi")).await;
        assert!(error.message.contains("max_tokens"), "{kind}: {error}");
    }
}

#[tokio::test]
async fn an_unreachable_provider_names_the_address_setting() {
    let server = server(Script::instant("ok")).await;
    let config = config(ProviderKind::Openai, &server);
    server.stop().await;
    let error = fail(&*build(config), request("hi")).await;
    assert_eq!(error.kind, LlmErrorKind::Network);
    assert!(
        error.remedy().contains("providers.tested.base_url"),
        "{}",
        error.remedy()
    );
}

#[tokio::test]
async fn another_server_behind_the_address_is_a_protocol_error() {
    let server = server(Script::instant("ok")).await;
    // The path does not exist there.
    let lost = ProviderConfig::new(ProviderKind::Openai)
        .with_base_url(format!("{}/elsewhere", server.openai_url()))
        .with_default_model("m");
    let error = fail(&*build(lost), request("hi")).await;
    assert_eq!(error.kind, LlmErrorKind::Protocol, "{error}");
    assert!(!error.is_retryable());
    assert!(error.remedy().contains("providers.tested.kind"));
    // A page instead of a stream, and a redirect that must not be followed.
    for (status, header) in [
        (200, ("content-type", "text/html")),
        (302, ("location", "http://evil.example/")),
    ] {
        let body = Some(json!("<html>hello</html>"));
        let headers = [(header.0.to_owned(), header.1.to_owned())].into();
        let fail_with = Failure {
            status,
            body,
            headers,
            ..Failure::default()
        };
        server
            .set_script(Script::answering(Turn {
                fail: Some(fail_with),
                ..Turn::default()
            }))
            .unwrap();
        for kind in REMOTE {
            let error = fail(&*provider(kind, &server), request("hi")).await;
            assert_eq!(
                error.kind,
                LlmErrorKind::Protocol,
                "{kind} {status}: {error}"
            );
        }
    }
}

#[tokio::test]
async fn a_long_error_page_is_trimmed() {
    let body = Some(json!("x".repeat(100_000)));
    let turn = Turn {
        fail: Some(Failure {
            status: 500,
            body,
            ..Failure::default()
        }),
        ..Turn::default()
    };
    let server = server(Script::answering(turn)).await;
    for kind in REMOTE {
        let error = fail(&*provider(kind, &server), request("hi")).await;
        assert!(error.message.chars().count() <= 301, "{kind}");
        assert_eq!(error.kind, LlmErrorKind::Overloaded);
    }
}

#[tokio::test]
async fn the_server_refuses_what_the_real_service_would_refuse() {
    let server = server(Script::instant("ok")).await;
    for kind in REMOTE {
        let mut orphan = request("hi");
        orphan
            .messages
            .push(mosaic_llm::ChatMessage::tool_result("nobody", "x"));
        let error = fail(&*provider(kind, &server), orphan).await;
        assert_eq!(error.kind, LlmErrorKind::BadRequest, "{kind}: {error}");
    }
    assert!(
        server
            .requests()
            .iter()
            .all(|request| request.outcome == Outcome::Refused)
    );
}
