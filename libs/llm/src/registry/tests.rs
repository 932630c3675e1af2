use super::*;

fn keyed(kind: ProviderKind) -> ProviderConfig {
    ProviderConfig::new(kind).with_api_key("k")
}

fn registry(
    default: Option<&str>,
    configs: Vec<(&str, ProviderConfig)>,
) -> Result<Registry, RegistryError> {
    let configs = configs
        .into_iter()
        .map(|(name, config)| (name.to_owned(), config));
    Registry::from_configs(default, configs)
}

fn resolved(registry: &Registry, model: Option<&str>) -> (String, String) {
    let (provider, model) = registry.resolve(model).unwrap();
    (provider.name().to_owned(), model)
}

#[test]
fn without_any_provider_the_offline_assistant_answers() {
    let registry = registry(
        None,
        vec![
            ("anthropic", ProviderConfig::new(ProviderKind::Anthropic)),
            ("ollama", ProviderConfig::new(ProviderKind::Ollama)),
        ],
    )
    .unwrap();
    assert_eq!(registry.default_name(), "offline");
    assert_eq!(
        resolved(&registry, None),
        ("offline".into(), "offline".into())
    );
    let error = registry.resolve(Some("gpt-5.5")).unwrap_err();
    assert_eq!(error.kind, LlmErrorKind::ModelNotFound);
}

#[test]
fn the_first_configured_provider_is_the_default() {
    let ollama =
        || ProviderConfig::new(ProviderKind::Ollama).with_base_url("http://127.0.0.1:11434");
    let both = vec![
        ("ollama", ollama()),
        ("openai", keyed(ProviderKind::Openai)),
    ];
    assert_eq!(registry(None, both).unwrap().default_name(), "openai");
    let all = vec![
        ("openai", keyed(ProviderKind::Openai)),
        ("anthropic", keyed(ProviderKind::Anthropic)),
        ("ollama", ollama()),
    ];
    assert_eq!(
        registry(None, all.clone()).unwrap().default_name(),
        "anthropic"
    );
    assert_eq!(
        registry(Some("ollama"), all).unwrap().default_name(),
        "ollama"
    );
    let own = vec![
        ("router", keyed(ProviderKind::Openai)),
        ("anthropic", keyed(ProviderKind::Anthropic)),
    ];
    assert_eq!(registry(None, own).unwrap().default_name(), "router");
}

#[test]
fn a_provider_prefix_selects_and_foreign_slashes_stay_in_the_model() {
    let router = keyed(ProviderKind::Openai)
        .with_base_url("https://openrouter.example/api/v1")
        .with_default_model("meta/llama-4");
    let registry = registry(
        Some("router"),
        vec![
            ("router", router),
            ("anthropic", keyed(ProviderKind::Anthropic)),
        ],
    )
    .unwrap();
    let pair = |provider: &str, model: &str| (provider.to_owned(), model.to_owned());
    assert_eq!(resolved(&registry, None), pair("router", "meta/llama-4"));
    assert_eq!(
        resolved(&registry, Some("qwen/qwen3")),
        pair("router", "qwen/qwen3")
    );
    assert_eq!(
        resolved(&registry, Some("router/qwen/qwen3")),
        pair("router", "qwen/qwen3")
    );
    assert_eq!(
        resolved(&registry, Some("anthropic/claude-x")),
        pair("anthropic", "claude-x")
    );
    assert_eq!(
        resolved(&registry, Some("anthropic")),
        pair("anthropic", "claude-sonnet-5")
    );
    assert_eq!(
        resolved(&registry, Some("claude-sonnet-5")),
        pair("anthropic", "claude-sonnet-5")
    );
    assert_eq!(
        resolved(&registry, Some("offline")),
        pair("offline", "offline")
    );
}

#[test]
fn a_compatible_server_without_a_default_model_asks_for_one() {
    let local = ProviderConfig::new(ProviderKind::Openai).with_base_url("http://127.0.0.1:8000/v1");
    let registry = registry(None, vec![("local", local)]).unwrap();
    let error = registry.resolve(None).unwrap_err();
    assert_eq!(error.kind, LlmErrorKind::ModelNotFound);
    assert!(error.remedy().contains("providers.local.default_model"));
}

#[test]
fn everything_that_is_wrong_is_reported_at_once() {
    let at = |url: &str| ProviderConfig::new(ProviderKind::Openai).with_base_url(url);
    let error = registry(
        Some("missing"),
        vec![
            ("a", at("localhost:8000")),
            ("b", at("https://u:secret@host/v1")),
            ("c", at("https://h/v1?x=1")),
        ],
    )
    .unwrap_err();
    assert_eq!(error.faults.len(), 4, "{error}");
    assert!(!error.to_string().contains("secret"));
}

#[test]
fn a_key_never_shows_in_debug_output() {
    let config = ProviderConfig::new(ProviderKind::Anthropic).with_api_key("sesame-1234");
    assert!(!format!("{config:?}").contains("sesame"));
    let registry = registry(None, vec![("anthropic", config)]).unwrap();
    assert!(!format!("{registry:?}").contains("sesame"));
    let (provider, _) = registry.resolve(None).unwrap();
    assert!(!format!("{provider:?}").contains("sesame"));
}

#[test]
fn a_key_with_a_line_break_is_a_fault_that_does_not_repeat_it() {
    let config = ProviderConfig::new(ProviderKind::Openai).with_api_key("se\nsame");
    let error = registry(None, vec![("openai", config)]).unwrap_err();
    assert!(error.to_string().contains("providers.openai.api_key"));
    assert!(!error.to_string().contains("same"));
}

#[test]
fn configuration_refuses_unknown_keys() {
    let read = |text: &str| serde_json::from_str::<ProviderConfig>(text);
    assert!(read(r#"{"kind":"openai","timeouts":{"connect_ms":10}}"#).is_ok());
    assert!(read(r#"{"kind":"openai","apikey":"x"}"#).is_err());
    assert!(read(r#"{"kind":"openai","timeouts":{"conect_ms":10}}"#).is_err());
}
