//! From the merged tree to the sections, without stopping at the first wrong type.
//!
//! Deserialisation ends at its first error. The extractor notes the error, puts the default in the place of the bad
//! value and tries again, so that every wrong value of a section is found.

use std::collections::BTreeMap;

use figment::error::{Error, Kind};
use figment::value::{Dict, Value};
use serde::de::DeserializeOwned;

use super::layer;
use crate::environment;
use crate::errors::Faults;
use crate::schema;
use crate::sections::{AgentsConfig, Config, ProviderConfig, ProvidersConfig};

pub(crate) struct Extractor<'a> {
    pub(crate) values: Dict,
    pub(crate) defaults: &'a Dict,
    pub(crate) faults: &'a mut Faults,
}

impl Extractor<'_> {
    /// The whole configuration; `None` when a section could not even be repaired, which leaves a fault behind.
    pub(crate) fn config(&mut self) -> Option<Config> {
        let postgres = self.extract("postgres");
        let valkey = self.extract("valkey");
        let gateway = self.extract("gateway");
        let auth = self.extract("auth");
        let limits = self.extract("limits");
        let watchdog = self.extract("watchdog");
        let agent_worker = self.extract("agent_worker");
        let memory_indexer = self.extract("memory_indexer");
        let summarizer = self.extract("summarizer");
        let channel_bridge = self.extract("channel_bridge");
        let channels = self.extract("channels");
        let providers = self.providers();
        let agent = self.extract("agent");
        let agents = self.agents();
        let memory = self.extract("memory");
        let local = self.local();
        let internal = self.extract("internal");
        let secrets = self.extract("secrets");
        let client = self.extract("client");
        let telemetry = self.extract("telemetry");
        let shutdown = self.extract("shutdown");
        Some(Config {
            postgres: postgres?,
            valkey: valkey?,
            gateway: gateway?,
            auth: auth?,
            limits: limits?,
            watchdog: watchdog?,
            agent_worker: agent_worker?,
            memory_indexer: memory_indexer?,
            summarizer: summarizer?,
            channel_bridge: channel_bridge?,
            channels: channels?,
            providers: providers?,
            agent: agent?,
            agents: agents?,
            memory: memory?,
            local: local?,
            internal: internal?,
            secrets: secrets?,
            client: client?,
            telemetry: telemetry?,
            shutdown: shutdown?,
        })
    }

    fn local(&mut self) -> Option<crate::sections::LocalConfig> {
        let mut local: crate::sections::LocalConfig = self.extract("local")?;
        if local.data_dir.as_os_str().is_empty() {
            local.data_dir = environment::default_data_dir();
        }
        Some(local)
    }

    fn providers(&mut self) -> Option<ProvidersConfig> {
        // A section that is no table at all is reported and replaced like any other wrong value.
        let _: Option<BTreeMap<String, Value>> = self.extract("providers");
        let default = self.extract("providers.default");
        let connect_timeout_ms = self.extract("providers.connect_timeout_ms");
        let idle_timeout_ms = self.extract("providers.idle_timeout_ms");
        let settings = ["default", "connect_timeout_ms", "idle_timeout_ms"];
        let table = self.values.get("providers").and_then(Value::as_dict);
        let keys: Vec<String> = table
            .into_iter()
            .flat_map(|table| table.keys().cloned())
            .collect();
        let mut named = BTreeMap::new();
        for name in keys
            .into_iter()
            .filter(|name| !settings.contains(&name.as_str()))
        {
            let provider: ProviderConfig = self.extract(&format!("providers.{name}"))?;
            named.insert(name, provider);
        }
        Some(ProvidersConfig {
            default: default?,
            connect_timeout_ms: connect_timeout_ms?,
            idle_timeout_ms: idle_timeout_ms?,
            named,
        })
    }

    fn agents(&mut self) -> Option<AgentsConfig> {
        let all: BTreeMap<String, Value> = self.extract("agents")?;
        let mut named = BTreeMap::new();
        for name in all.into_keys() {
            let profile = self.extract(&format!("agents.{name}"))?;
            named.insert(name, profile);
        }
        Some(named)
    }

    fn extract<T: DeserializeOwned>(&mut self, path: &str) -> Option<T> {
        loop {
            let value = layer::find(&self.values, path)?;
            let error = match value.deserialize::<T>() {
                Ok(section) => return Some(section),
                Err(error) => error,
            };
            if !self.repair(path, &error) {
                return None;
            }
        }
    }

    /// Notes the fault and puts the default in its place. False when that would not help.
    fn repair(&mut self, section: &str, error: &Error) -> bool {
        let mut path = vec![section.to_owned()];
        path.extend(error.path.iter().cloned());
        if let Kind::MissingField(field) = &error.kind {
            path.push(field.to_string());
        }
        // A bad item of a list replaces the list.
        while path.len() > 1 && schema::default_of(self.defaults, &path.join(".")).is_none() {
            path.pop();
        }
        let key = path.join(".");
        let default = schema::default_of(self.defaults, &key).cloned();
        let hidden = schema::is_secret(&key);
        self.faults.add(
            &key,
            describe(&error.kind, hidden),
            remedy(default.as_ref(), hidden),
        );
        match default {
            Some(default) if layer::find(&self.values, &key) != Some(&default) => {
                layer::insert(
                    &mut self.values,
                    &key.split('.').collect::<Vec<_>>(),
                    default,
                );
                true
            }
            _ => false,
        }
    }
}

fn describe(kind: &Kind, hidden: bool) -> String {
    match kind {
        Kind::MissingField(_) => "missing".to_owned(),
        Kind::InvalidType(..) | Kind::InvalidValue(..) | Kind::Message(_) if hidden => {
            "wrong type of value (not shown: secret)".to_owned()
        }
        Kind::InvalidType(found, expected) | Kind::InvalidValue(found, expected) => {
            format!("found {found}, expected {expected}")
        }
        Kind::UnknownVariant(found, known) => {
            format!("`{found}` is not one of {}", known.join(", "))
        }
        other => other.to_string(),
    }
}

fn remedy(default: Option<&Value>, hidden: bool) -> String {
    match default {
        Some(Value::String(_, text)) if hidden || text.is_empty() => {
            "write it as text in quotes".to_owned()
        }
        Some(Value::String(_, text)) => format!("write it like \"{}\"", shortened(text)),
        Some(Value::Num(_, number)) => {
            let number = number.to_actual().to_string();
            let digits = number.split('`').nth(1).unwrap_or_default().to_owned();
            format!("write a number such as {digits}")
        }
        Some(Value::Bool(..)) => "write true or false".to_owned(),
        Some(Value::Array(..)) => "write a list such as [\"a\", \"b\"]".to_owned(),
        Some(Value::Dict(..)) => "this is a section: set the keys inside it".to_owned(),
        _ => "see the annotated defaults".to_owned(),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
