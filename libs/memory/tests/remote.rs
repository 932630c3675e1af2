//! Embedders over the network, against a server that speaks their protocols over real sockets.

#![cfg(test)]

use std::sync::Arc;
use std::time::Duration;

use mosaic_config::Config;
use mosaic_memory::{EmbedErrorKind, Embedder, embedder};
use mosaic_testkit::model_server::{ModelServer, Script, Turn};
use serde_json::json;

const KEY: &str = "sk-very-secret-7";

fn config(kind: &str, server: &ModelServer, more: &str) -> Config {
    let url = match kind {
        "ollama" => server.ollama_url(),
        _ => server.openai_url(),
    };
    let text = format!(
        "[memory]\nembedder = '{kind}'\n{more}\n\
         [providers.{kind}]\nkind = '{kind}'\nbase_url = '{url}'\napi_key = '{KEY}'"
    );
    Config::from_toml(&text).unwrap()
}

fn build(kind: &str, server: &ModelServer, more: &str) -> Arc<dyn Embedder> {
    embedder(&config(kind, server, more)).unwrap()
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn cosine(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

#[tokio::test]
async fn both_protocols_give_a_vector_of_length_one_for_each_text_in_order() {
    let server = ModelServer::start(Script::echo().with_key(KEY))
        .await
        .unwrap();
    for kind in ["ollama", "openai"] {
        let embedder = build(kind, &server, "model = 'embed-24'");
        assert_eq!(embedder.name(), format!("{kind}/embed-24"));
        let many: Vec<String> = (0..70).map(|n| format!("word{n} and more")).collect();
        let vectors = embedder.embed(&many).await.unwrap();
        assert_eq!(vectors.len(), many.len());
        for vector in &vectors {
            assert_eq!(vector.len(), 24);
            assert!((cosine(vector, vector) - 1.0).abs() < 1e-4);
        }
        let alone = embedder.embed(&many[69..]).await.unwrap();
        assert!(cosine(&alone[0], &vectors[69]) > 0.999);
        assert_eq!(embedder.model().await.unwrap().dimension, 24);
    }
    assert_eq!(server.calls(), 0, "nothing was completed");
}

#[tokio::test]
async fn the_dimension_is_learned_once_and_then_held() {
    let other = json!({"embeddings": [[1.0, 2.0, 3.0]]});
    let turn = Turn {
        fail: Some(serde_json::from_value(json!({"status": 200, "body": other})).unwrap()),
        ..Turn::default()
    };
    let script = Script::echo().when("changed").turn(turn);
    let server = ModelServer::start(script).await.unwrap();
    let embedder = build("ollama", &server, "");
    assert_eq!(embedder.name(), "ollama/nomic-embed-text");
    assert_eq!(
        server.embedding_calls(),
        0,
        "nothing is sent before it is needed"
    );
    for _ in 0..2 {
        assert_eq!(embedder.model().await.unwrap().dimension, 384);
    }
    assert_eq!(server.embedding_calls(), 1);
    let error = embedder.embed(&texts(&["changed"])).await.unwrap_err();
    assert_eq!(error.kind, EmbedErrorKind::Protocol);
    assert!(
        error.message.contains("of 3 numbers, and before of 384"),
        "{error}"
    );
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn failures_say_whether_to_try_again_and_when() {
    let mut limited = Turn::failing(429, "slow down");
    if let Some(failure) = &mut limited.fail {
        failure.headers.insert("retry-after".into(), "7".into());
    }
    let script = Script::echo()
        .with_models(&["text-embedding-3-small"])
        .when("limited")
        .turn(limited)
        .when("broken")
        .fail(500, "oops")
        .when("wrong")
        .fail(400, "no")
        .when("short")
        .turn(Turn {
            fail: Some(
                serde_json::from_value(json!({"status": 200, "body": {"data": []}})).unwrap(),
            ),
            ..Turn::default()
        });
    let server = ModelServer::start(script).await.unwrap();
    let embedder = build("openai", &server, "");
    let expected = [
        ("limited", EmbedErrorKind::RateLimited, true, Some(7)),
        ("broken", EmbedErrorKind::Unavailable, true, None),
        ("wrong", EmbedErrorKind::BadRequest, false, None),
        ("short", EmbedErrorKind::Protocol, false, None),
    ];
    for (text, kind, retry, wait) in expected {
        let error = embedder.embed(&texts(&[text])).await.unwrap_err();
        assert_eq!((error.kind, error.is_retryable()), (kind, retry), "{error}");
        assert_eq!(error.retry_after, wait.map(Duration::from_secs), "{error}");
        assert!(!error.remedy.is_empty());
    }
    let unknown = build("openai", &server, "model = 'gone'");
    let error = unknown.model().await.unwrap_err();
    assert_eq!(error.kind, EmbedErrorKind::BadRequest);
    assert!(error.remedy.contains("memory.model"), "{}", error.remedy);
}

#[tokio::test]
async fn a_wrong_key_is_an_error_that_does_not_show_it() {
    let server = ModelServer::start(Script::echo().with_key("another"))
        .await
        .unwrap();
    for kind in ["ollama", "openai"] {
        let embedder = build(kind, &server, "");
        let error = embedder.model().await.unwrap_err();
        assert_eq!(error.kind, EmbedErrorKind::Auth, "{error}");
        let shown = format!("{error:?} {embedder:?} {}", error.remedy);
        assert!(!shown.contains(KEY), "{shown}");
    }
}

#[tokio::test]
async fn what_a_provider_says_is_not_repeated() {
    let script = Script::echo()
        .when("refused")
        .fail(400, "your text `My dog is Rex` is refused")
        .when("broken")
        .fail(500, "failed on `My dog is Rex`")
        .when("odd")
        .turn(Turn {
            fail: Some(
                serde_json::from_value(json!({"status": 200, "body": "My dog is Rex"})).unwrap(),
            ),
            ..Turn::default()
        });
    let server = ModelServer::start(script).await.unwrap();
    for kind in ["ollama", "openai"] {
        let embedder = build(kind, &server, "model = 'embed-24'");
        for (text, told) in [
            ("refused", "refuses this text (HTTP 400)"),
            ("broken", "does not answer now (HTTP 500)"),
            ("odd", "no usable answer"),
        ] {
            let error = embedder.embed(&texts(&[text])).await.unwrap_err();
            assert!(error.message.contains(told), "{error}");
            let shown = format!("{error:?} {}", error.remedy);
            assert!(!shown.contains("Rex"), "{shown}");
        }
    }
}

#[tokio::test]
async fn a_server_that_is_away_is_worth_another_attempt() {
    let server = ModelServer::start(Script::echo()).await.unwrap();
    let embedder = build("ollama", &server, "");
    server.stop().await;
    let error = embedder.embed(&texts(&["hello"])).await.unwrap_err();
    assert_eq!(error.kind, EmbedErrorKind::Unavailable);
    assert!(error.is_retryable());
}

#[tokio::test]
async fn auto_falls_back_on_words_and_says_so_and_builtin_refuses_to_start() {
    let text = "[memory]\nembedder = 'auto'\nmodel_folder = '/nowhere/model'";
    let mut config = Config::from_toml(text).unwrap();
    let fallback = embedder(&config).unwrap();
    assert_eq!(fallback.name(), "hashed/v1");
    let note = fallback.note().unwrap();
    assert!(
        note.contains("/nowhere/model") && note.contains("not by their meaning"),
        "{note}"
    );
    assert_eq!(fallback.model().await.unwrap().dimension, 384);
    config.memory.embedder = mosaic_config::EmbedderKind::Builtin;
    let error = embedder(&config).unwrap_err();
    assert_eq!(error.kind, EmbedErrorKind::ModelFiles);
    assert!(
        error.remedy.contains("cargo xtask setup"),
        "{}",
        error.remedy
    );
}
