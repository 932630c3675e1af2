//! The environment as a source of settings.
//!
//! `MOSAIC_<SECTION>__<KEY>` sets a key; two underscores separate the levels. Orchestrators put variables of their own
//! beside ours (`MOSAIC_GATEWAY_PORT_8080_TCP`), so a name without two underscores is ignored, unless it is one of
//! our keys with an underscore missing: that is surely a slip and is reported.

use figment::value::{Dict, Num, Value};

use super::layer::{self, Layer};
use crate::errors::Faults;
use crate::schema;

const PREFIX: &str = "MOSAIC_";

/// The variable that sets this key.
pub(crate) fn name_of(path: &str) -> String {
    format!("{PREFIX}{}", path.replace('.', "__").to_ascii_uppercase())
}

/// The settings of the environment, each read by the type of its default.
pub(crate) fn layer(variables: &[(String, String)], defaults: &Dict, faults: &mut Faults) -> Layer {
    let mut layer = Layer::named("the environment", Dict::new());
    for (name, text) in variables {
        let Some(rest) = name.strip_prefix(PREFIX) else {
            continue;
        };
        if rest.contains("__") {
            let path = rest.to_ascii_lowercase().replace("__", ".");
            let value = typed(schema::default_of(defaults, &path), text);
            layer.set(&path, name, value);
        } else if let Some(meant) = slip(name, defaults) {
            let remedy = format!("did you mean `{meant}`?");
            faults.add_from(
                name,
                "",
                "not a setting: two underscores end the section",
                remedy,
            );
        }
    }
    layer
}

fn slip(name: &str, defaults: &Dict) -> Option<String> {
    schema::leaves(defaults)
        .iter()
        .map(|leaf| name_of(leaf))
        .find(|known| known.replace("__", "_") == name.to_ascii_uppercase())
}

/// Text as the type its default has. What does not parse stays text and fails at extraction with a message.
fn typed(default: Option<&Value>, text: &str) -> Value {
    let parsed = match default {
        Some(Value::Bool(..)) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Some(Value::from(true)),
            "false" | "0" | "no" | "off" => Some(Value::from(false)),
            _ => None,
        },
        Some(Value::Num(_, Num::F64(_) | Num::F32(_))) => {
            text.trim().parse::<f64>().ok().map(Value::from)
        }
        Some(Value::Num(..)) => text.trim().parse::<i64>().ok().map(Value::from),
        Some(Value::Array(..)) => Some(list(text)),
        _ => None,
    };
    parsed.unwrap_or_else(|| Value::from(text))
}

fn list(text: &str) -> Value {
    let inner = text.trim().trim_start_matches('[').trim_end_matches(']');
    let items = inner.split(',').map(|item| item.trim().trim_matches('"'));
    items
        .filter(|item| !item.is_empty())
        .map(Value::from)
        .collect::<Vec<_>>()
        .into()
}

/// Variables that other tools established too, for keys that nothing else set.
pub(crate) fn well_known(variables: &[(String, String)], merged: &Dict) -> Layer {
    let known = [
        ("ANTHROPIC_API_KEY", "providers.anthropic.api_key"),
        ("ANTHROPIC_BASE_URL", "providers.anthropic.base_url"),
        ("OPENAI_API_KEY", "providers.openai.api_key"),
        ("OPENAI_BASE_URL", "providers.openai.base_url"),
        ("OLLAMA_HOST", "providers.ollama.base_url"),
        ("OLLAMA_BASE_URL", "providers.ollama.base_url"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "telemetry.otlp_endpoint"),
    ];
    let mut layer = Layer::named("the environment", Dict::new());
    for (name, path) in known {
        let unset = layer::find(merged, path).and_then(Value::as_str) == Some("");
        let found = variables
            .iter()
            .find(|(key, value)| key == name && !value.trim().is_empty());
        if let (true, Some((_, value))) = (unset, found) {
            let value = value.trim();
            let value = if name == "OLLAMA_HOST" {
                ollama_url(value)
            } else {
                value.to_owned()
            };
            layer.set(path, name, Value::from(value));
        }
    }
    layer
}

/// `OLLAMA_HOST` is what the Ollama server binds: `host`, `host:port`, `:port` or an address.
fn ollama_url(host: &str) -> String {
    if host.contains("://") {
        return host.trim_end_matches('/').to_owned();
    }
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if port.chars().all(|c| c.is_ascii_digit()) => (name, port),
        _ => (host, "11434"),
    };
    let name = if matches!(name, "" | "0.0.0.0" | "[::]") {
        "127.0.0.1"
    } else {
        name
    };
    format!("http://{name}:{port}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ollama_host_becomes_an_address_a_client_can_use() {
        for (host, url) in [
            ("0.0.0.0", "http://127.0.0.1:11434"),
            ("box", "http://box:11434"),
            ("box:99", "http://box:99"),
            (":99", "http://127.0.0.1:99"),
            ("https://box/", "https://box"),
        ] {
            assert_eq!(ollama_url(host), url);
        }
    }
}
