//! What a user of the configuration sees: all faults at once, precedence, no secrets.

#![cfg(test)]

use std::collections::BTreeSet;
use std::path::PathBuf;

use mosaic_config::{
    Config, ConfigErrors, DEFAULTS, EmbedderKind, ExposeSecret, FoundFile, LoadOptions, LogFormat,
    ProviderKind,
};

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn load(file: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mosaic.toml"), file).unwrap();
    Config::load(LoadOptions {
        search: vec![folder.path().to_owned()],
        variables: variables(environment),
        ..LoadOptions::default()
    })
}

#[test]
fn every_fault_of_every_layer_is_reported_at_once() {
    let file = r#"
        [gateway]
        lisen = "127.0.0.1:1"
        listen = "localhost"
        admin_listen = 5
        max_body_bytes = 1

        [agent_worker]
        heartbeat_ms = 5000
        heartbeet_ms = 1

        [postgress]
        url = "x"

        [postgres]
        url = "mysql://joe:hunter2@db/x"

        [telemetry]
        log_format = "xml"
        grace_s = 4

        [providers]
        default = "opnai"
        [providers.mine]
        kind = "gopher"
        api_key = 424242
        colour = "red"
    "#;
    let environment = [
        ("MOSAIC_AGENT_WORKER__CONCURRENCY", "many"),
        ("MOSAIC_VALKEY__ULR", "redis://:hunter3@x"),
        ("MOSAIC_POSTGRES_URL", "postgres://joe:hunter4@db/x"),
        ("MOSAIC_GATEWAY_SERVICE_HOST", "10.0.0.1"),
        ("MOSAIC_SHUTDOWN__GRACE_S", "-1"),
    ];
    let errors = load(file, &environment).unwrap_err();
    let text = errors.to_string();
    let expected = [
        (
            "gateway.lisen",
            "unknown key; did you mean `gateway.listen`?",
        ),
        ("gateway.listen", "write it like \"127.0.0.1:14242\""),
        ("gateway.admin_listen", "expected"),
        ("gateway.max_body_bytes", "1 is out of range"),
        ("agent_worker.heartbeat_ms", "more than half of lease_ms"),
        (
            "agent_worker.heartbeet_ms",
            "did you mean `agent_worker.heartbeat_ms`?",
        ),
        ("postgress", "unknown key; did you mean `postgres`?"),
        ("postgres.url", "the scheme `mysql` does not fit"),
        ("telemetry.log_format", "`xml` is not one of text, json"),
        ("telemetry.grace_s", "did you mean `shutdown.grace_s`?"),
        (
            "providers.default",
            "no provider `opnai`; did you mean `openai`?",
        ),
        ("providers.mine.kind", "`gopher` is not one of"),
        ("providers.mine.api_key", "not shown"),
        ("providers.mine.colour", "unknown key"),
        (
            "agent_worker.concurrency [MOSAIC_AGENT_WORKER__CONCURRENCY]",
            "found string \"many\"",
        ),
        (
            "valkey.ulr [MOSAIC_VALKEY__ULR]",
            "did you mean `MOSAIC_VALKEY__URL`?",
        ),
        (
            "[MOSAIC_POSTGRES_URL]",
            "did you mean `MOSAIC_POSTGRES__URL`?",
        ),
        ("shutdown.grace_s [MOSAIC_SHUTDOWN__GRACE_S]", "-1"),
    ];
    for (key, part) in expected {
        let found = text
            .lines()
            .any(|line| line.contains(key) && line.contains(part));
        assert!(found, "no line with `{key}` and `{part}` in:\n{text}");
    }
    assert_eq!(errors.faults.len(), expected.len(), "{text}");
    assert!(text.contains("mosaic.toml]"), "the file is named: {text}");
    assert!(
        !text.contains("hunter") && !text.contains("424242"),
        "a secret is shown: {text}"
    );
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let file =
        "[gateway]\nlisten = '0.0.0.0:1'\nmax_message_chars = 7\n[telemetry]\nlog_format = 'json'";
    let config = load(
        file,
        &[
            ("MOSAIC_GATEWAY__LISTEN", "127.0.0.1:0"),
            (
                "MOSAIC_GATEWAY__ALLOWED_ORIGINS",
                "https://a.example, https://b.example",
            ),
            ("MOSAIC_PROVIDERS__OWN__KIND", "openai"),
            ("MOSAIC_PROVIDERS__OWN__BASE_URL", "http://127.0.0.1:9/v1"),
            ("MOSAIC_PROVIDERS__OWN__API_KEY", "12345"),
        ],
    )
    .unwrap();
    assert_eq!(config.gateway.listen.to_string(), "127.0.0.1:0");
    assert_eq!(config.gateway.max_message_chars, 7);
    assert_eq!(config.gateway.max_body_bytes, 1_048_576);
    assert_eq!(
        config.gateway.allowed_origins,
        ["https://a.example", "https://b.example"]
    );
    assert_eq!(config.telemetry.log_format, LogFormat::Json);
    let (name, provider) = config.providers.chosen().unwrap();
    assert_eq!((name, provider.kind), ("own", ProviderKind::OpenAi));
    assert_eq!(provider.api_key.as_ref().unwrap().expose_secret(), "12345");
}

#[test]
fn keys_of_providers_are_taken_from_the_environment_when_nothing_else_sets_them() {
    let environment = [
        ("OPENAI_API_KEY", "sk-env"),
        ("ANTHROPIC_API_KEY", "sk-ant"),
        ("OLLAMA_HOST", "0.0.0.0"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317"),
    ];
    let file = "[providers]\ndefault = 'openai'\n[providers.openai]\napi_key = 'sk-file'";
    let config = load(file, &environment).unwrap();
    let key = |name: &str| {
        let provider = &config.providers.named[name];
        provider
            .api_key
            .as_ref()
            .map(|key| key.expose_secret().to_owned())
    };
    assert_eq!(key("openai").as_deref(), Some("sk-file"));
    assert_eq!(key("anthropic").as_deref(), Some("sk-ant"));
    let ollama = &config.providers.named["ollama"];
    assert_eq!(ollama.base_url, Some("http://127.0.0.1:11434".into()));
    assert_eq!(
        config.telemetry.otlp_endpoint,
        Some("http://127.0.0.1:4317".into())
    );
}

#[test]
fn without_any_key_the_offline_provider_answers() {
    let config = Config::defaults().unwrap();
    assert_eq!(
        config.providers.chosen().unwrap().1.kind,
        ProviderKind::Offline
    );
}

#[test]
fn a_chosen_provider_without_key_and_address_is_refused() {
    let errors = Config::from_toml("[providers]\ndefault = 'anthropic'").unwrap_err();
    assert_eq!(errors.faults.len(), 1);
    assert!(
        errors
            .to_string()
            .contains("set providers.anthropic.api_key"),
        "{errors}"
    );
}

#[test]
fn a_dump_shows_the_settings_and_hides_the_secrets() {
    let config = Config::from_toml(
        "[postgres]\nurl = 'postgres://joe:hunter2@db/m'\n[client]\ntoken = 'hunter3'\n\
         [providers.openai]\napi_key = 'hunter4'\nbase_url = 'https://joe:hunter5@ai/v1'\n\
         [internal]\nprevious_tokens = ['hunter6-hunter6-hunter6-hunter6-hunter6']\n\
         [telemetry]\notlp_endpoint = 'https://joe:hunter7@otlp'\n\
         [secrets]\nkey = 'hunter8/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaA='\n\
         previous_keys = ['hunter9/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaA=']",
    )
    .unwrap();
    let dump = config.redacted_dump();
    assert!(dump.contains("postgres://joe:•••@db/m"), "{dump}");
    assert!(
        dump.contains("[providers.openai]") && dump.contains("api_key = \"•••\""),
        "{dump}"
    );
    for text in [dump, format!("{config:?}")] {
        assert!(!text.contains("hunter"), "{text}");
    }
}

#[test]
fn a_dump_hides_credentials_in_addresses_where_none_belong() {
    let config = Config::from_toml(
        "[client]\nurl = 'https://joe:hunter1@mosaic/'\n\
         [channels.telegram]\napi_url = 'http://joe:hunter2@bots:8081'\n\
         webhook_url = 'https://joe:hunter3@mosaic/hook?secret=hunter4'",
    )
    .unwrap();
    let dump = config.redacted_dump();
    assert!(dump.contains("https://joe:•••@mosaic/"), "{dump}");
    assert!(!dump.contains("hunter"), "{dump}");
}

#[test]
fn the_annotated_defaults_hold_exactly_the_keys_that_exist() {
    let mut config = Config::defaults().unwrap();
    config.local.data_dir = PathBuf::new();
    let written: toml::Table = DEFAULTS.parse().unwrap();
    let effective: toml::Table = config.redacted_dump().parse().unwrap();
    assert_eq!(keys(&written, ""), keys(&effective, ""));
    assert_eq!(
        written, effective,
        "defaults hold no secret, so both say the same"
    );
}

#[test]
fn every_default_has_a_comment_above_it() {
    let lines: Vec<&str> = DEFAULTS.lines().collect();
    for pair in lines.windows(2) {
        if pair[1].contains(" = ") && !pair[1].starts_with('#') {
            assert!(pair[0].starts_with("# "), "no comment above `{}`", pair[1]);
        }
    }
}

#[test]
fn a_syntax_error_names_its_place_and_the_other_layers_are_still_checked() {
    let errors = load(
        "[gateway]\nlisten = \n",
        &[("MOSAIC_GATEWAY__LISTEN", "nowhere")],
    )
    .unwrap_err();
    assert_eq!(errors.faults.len(), 2, "{errors}");
    assert!(errors.to_string().contains("line 2"), "{errors}");
}

#[test]
fn a_named_file_that_is_missing_is_a_fault() {
    let options = LoadOptions {
        file: Some(PathBuf::from("/nowhere/m.toml")),
        ..LoadOptions::default()
    };
    let errors = Config::load(options).unwrap_err();
    assert!(errors.to_string().contains("/nowhere/m.toml"), "{errors}");
}

#[test]
fn a_process_looks_for_its_file_in_the_data_folder_and_nowhere_else() {
    let options = LoadOptions::of_process(None);
    let relative = options.search.iter().find(|folder| folder.is_relative());
    assert_eq!(relative, None, "the working folder is searched");
    let data_dir = PathBuf::from("/data/of/mosaic");
    let options = options.with_data_dir(data_dir.clone());
    assert_eq!(options.search, [data_dir]);
}

#[test]
fn a_file_in_the_data_folder_counts_only_if_nobody_else_can_have_written_it() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let temp = tempfile::tempdir().unwrap();
    let (file, other) = (temp.path().join("mosaic.toml"), temp.path().join("other"));
    let load = || {
        Config::load(LoadOptions {
            search: vec![temp.path().to_owned()],
            ..LoadOptions::default()
        })
    };
    std::fs::write(&file, "[gateway]\nmax_message_chars = 7").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(load().unwrap().gateway.max_message_chars, 7);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).unwrap();
    let told = load().unwrap_err().to_string();
    assert!(told.contains("chmod go-w"), "{told}");
    std::fs::rename(&file, &other).unwrap();
    std::fs::set_permissions(&other, std::fs::Permissions::from_mode(0o644)).unwrap();
    symlink(&other, &file).unwrap();
    assert!(load().unwrap_err().to_string().contains("--config"));
    std::fs::remove_file(&file).unwrap();
    load().unwrap();
}

fn found(text: Result<&str, &str>) -> Result<Config, ConfigErrors> {
    Config::load(LoadOptions {
        found: Some(FoundFile {
            path: PathBuf::from("/copy/.mosaic/mosaic.toml"),
            text: text.map(str::to_owned).map_err(str::to_owned),
        }),
        ..LoadOptions::default()
    })
}

#[test]
fn a_file_that_was_come_across_sends_nothing_to_another_machine() {
    for (url, counts) in [
        ("http://127.0.0.1:9", true),
        ("http://[::1]:9", true),
        ("http://localhost:9", true),
        ("http://evil.example", false),
        ("http://127.0.0.1.evil.example", false),
        ("http://127.0.0.1@evil.example", false),
        ("nonsense", false),
    ] {
        let text = format!("[client]\nurl = '{url}'\n[gateway]\nmax_message_chars = 7");
        let config = found(Ok(&text)).unwrap();
        assert_eq!(config.client.url.is_some(), counts, "{url}");
        assert_eq!(config.gateway.max_message_chars, 7);
    }
}

#[test]
fn a_file_that_was_come_across_and_is_not_to_be_trusted_is_a_fault() {
    let errors = found(Err("it belongs to somebody else")).unwrap_err();
    let text = errors.to_string();
    assert!(
        text.contains("/copy/.mosaic/mosaic.toml") && text.contains("somebody else"),
        "{text}"
    );
}

#[test]
fn two_listeners_on_one_address_are_refused_unless_the_port_is_free() {
    let shared = "[gateway]\nlisten = '127.0.0.1:7'\nadmin_listen = '127.0.0.1:7'";
    assert!(
        Config::from_toml(shared)
            .unwrap_err()
            .to_string()
            .contains("already gateway.listen")
    );
    Config::from_toml("[gateway]\nlisten = '127.0.0.1:0'\nadmin_listen = '127.0.0.1:0'").unwrap();
}

#[test]
fn a_section_or_a_provider_that_is_no_table_is_a_fault() {
    let errors = Config::from_toml("gateway = 5\nproviders = 'x'").unwrap_err();
    let keys: Vec<_> = errors
        .faults
        .iter()
        .map(|fault| fault.key.as_str())
        .collect();
    assert_eq!(keys, ["gateway", "providers"]);
    let errors = Config::from_toml("[providers]\nmine = 3").unwrap_err();
    assert_eq!(errors.faults[0].key, "providers.mine");
}

#[test]
fn a_configuration_changed_in_code_can_be_checked_again() {
    let mut config = Config::for_tests().unwrap();
    assert_eq!(config.gateway.listen.port(), 0);
    config.agent_worker.concurrency = 0;
    assert!(
        config
            .validate()
            .unwrap_err()
            .to_string()
            .contains("agent_worker.concurrency")
    );
}

#[test]
fn an_embedder_without_the_provider_it_needs_is_refused_together_with_the_other_faults() {
    for (memory, part) in [
        ("embedder = 'ollama'", "set providers.ollama.base_url"),
        (
            "embedder = 'openai'\nprovider = 'gone'",
            "no provider `gone`",
        ),
        (
            "embedder = 'openai'\nprovider = 'anthropic'",
            "`anthropic` is of kind anthropic",
        ),
        ("embedder = 'magic'", "`magic` is not one of auto, builtin"),
    ] {
        let errors = Config::from_toml(&format!("[memory]\n{memory}\nrecall_tokens = 1"));
        let text = errors.unwrap_err().to_string();
        assert!(text.contains(part), "{text}");
        assert!(text.contains("memory.recall_tokens"), "{text}");
    }
    let own = "[memory]\nembedder = 'openai'\nprovider = 'own'\n\
               [providers.own]\nkind = 'openai'\nbase_url = 'http://127.0.0.1:1/v1'";
    let config = Config::from_toml(own).unwrap();
    let (name, _) = config.memory.provider_of(&config.providers).unwrap();
    assert_eq!(
        (name, config.memory.embedder),
        ("own", EmbedderKind::OpenAi)
    );
}

fn keys(table: &toml::Table, prefix: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (key, value) in table {
        match value {
            toml::Value::Table(inner) => found.extend(keys(inner, &format!("{prefix}{key}."))),
            _ => drop(found.insert(format!("{prefix}{key}"))),
        }
    }
    found
}

#[test]
fn a_webhook_of_a_channel_needs_an_address_and_a_secret() {
    let errors = Config::from_toml(
        "[channels.telegram]\ntoken = '1:a b'\nmode = 'webhook'\nwebhook_secret = 'short'",
    )
    .unwrap_err();
    let text = errors.to_string();
    for key in ["token", "webhook_url", "webhook_secret"] {
        assert!(text.contains(&format!("channels.telegram.{key}")), "{text}");
    }
    assert!(!text.contains("1:a b"), "{text}");
    let config = Config::from_toml("[channels.telegram]\ntoken = '123:secret'").unwrap();
    assert!(!config.redacted_dump().contains("123:secret"));
}

#[test]
fn a_key_that_is_none_is_refused_and_not_shown() {
    let wrong = "[secrets]\nkey = 'hunter2'\nprevious_keys = ['hunter3']\n\
                 [internal]\ntoken = 'hunter4'\nprevious_tokens = ['hunter5']";
    let errors = Config::from_toml(wrong).unwrap_err();
    for key in [
        "secrets.key",
        "secrets.previous_keys",
        "internal.token",
        "internal.previous_tokens",
    ] {
        assert!(
            errors.faults.iter().any(|fault| fault.key == key),
            "{key}: {errors}"
        );
    }
    assert!(!errors.to_string().contains("hunter"), "{errors}");
    let half = "[secrets]\nprevious_keys = ['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaA=']";
    let errors = Config::from_toml(half).unwrap_err();
    assert_eq!(errors.faults[0].key, "secrets.key");
}
