//! The layers a configuration is made of, and which of them a value came from.

use std::collections::BTreeMap;

use figment::value::{Dict, Map, Value};
use figment::{Error, Figment, Metadata, Profile, Provider};

use crate::errors::Faults;
use crate::schema;

/// One source of settings.
#[derive(Debug, Clone)]
pub(crate) struct Layer {
    /// How the source is called in messages.
    name: String,
    /// Keys that have a name of their own in this source (environment variables).
    names: BTreeMap<String, String>,
    /// The settings.
    dict: Dict,
}

impl Layer {
    /// A source whose keys are called as in the file.
    pub(crate) fn named(name: impl Into<String>, dict: Dict) -> Self {
        Self {
            name: name.into(),
            names: BTreeMap::new(),
            dict,
        }
    }

    /// Sets a key that is called otherwise in this source.
    pub(crate) fn set(&mut self, path: &str, called: &str, value: Value) {
        self.names.insert(path.to_owned(), called.to_owned());
        let parts: Vec<&str> = path.split('.').collect();
        insert(&mut self.dict, &parts, value);
    }

    fn origin(&self, path: &str) -> Option<String> {
        if let Some(name) = self.names.get(path) {
            return Some(name.clone());
        }
        find(&self.dict, path).map(|_| self.name.clone())
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        Ok(Profile::Default.collect(self.dict.clone()))
    }
}

/// All sources, the strongest last.
#[derive(Debug)]
pub(crate) struct Layers {
    layers: Vec<Layer>,
    defaults: Dict,
}

impl Layers {
    pub(crate) fn new(defaults: Dict) -> Self {
        let layers = vec![Layer::named("the built-in defaults", defaults.clone())];
        Self { layers, defaults }
    }

    /// Adds a stronger source; its unknown keys become faults and are left out.
    pub(crate) fn push(&mut self, mut layer: Layer, faults: &mut Faults) {
        for key in self.unknown(&layer.dict, "") {
            let origin = layer.origin(&key).unwrap_or_else(|| layer.name.clone());
            faults.add_from(origin, &key, "unknown key", self.suggestion(&key, &layer));
            let parts: Vec<&str> = key.split('.').collect();
            remove(&mut layer.dict, &parts);
        }
        self.layers.push(layer);
    }

    /// The effective values.
    pub(crate) fn merged(&self) -> Dict {
        let figment = self.layers.iter().fold(Figment::new(), Figment::merge);
        figment.extract().unwrap_or_default()
    }

    /// The strongest source that sets this key or something inside it.
    pub(crate) fn origin(&self, path: &str) -> String {
        let found = self
            .layers
            .iter()
            .rev()
            .find_map(|layer| layer.origin(path));
        found.unwrap_or_else(|| "not set".to_owned())
    }

    fn unknown(&self, dict: &Dict, prefix: &str) -> Vec<String> {
        let mut keys = Vec::new();
        for (key, value) in dict {
            let path = if prefix.is_empty() {
                key.clone()
            } else {
                format!("{prefix}.{key}")
            };
            match (schema::default_of(&self.defaults, &path), value.as_dict()) {
                (None, _) => keys.push(path),
                (Some(Value::Dict(..)), Some(inner)) => keys.extend(self.unknown(inner, &path)),
                // A table in the place of a value (or the other way round) is a wrong type, found at extraction.
                (Some(_), _) => {}
            }
        }
        keys
    }

    fn suggestion(&self, path: &str, layer: &Layer) -> String {
        let (section, key) = path.rsplit_once('.').unwrap_or(("", path));
        let siblings = if section.is_empty() {
            Some(&self.defaults)
        } else {
            schema::default_of(&self.defaults, section).and_then(Value::as_dict)
        };
        let near =
            siblings.and_then(|table| schema::nearest(key, table.keys().map(String::as_str)));
        let all = schema::leaves(&self.defaults);
        let elsewhere = || {
            // The right key in the wrong section.
            let suffix = format!(".{key}");
            all.iter().find(|leaf| leaf.ends_with(&suffix)).cloned()
        };
        let meant = match near {
            Some(near) if section.is_empty() => Some(near.to_owned()),
            Some(near) => Some(format!("{section}.{near}")),
            None => elsewhere(),
        };
        match meant {
            Some(meant) if layer.names.contains_key(path) => {
                format!("did you mean `{}`?", super::variables::name_of(&meant))
            }
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "remove it".to_owned(),
        }
    }
}

/// The value at a dotted path.
pub(crate) fn find<'a>(dict: &'a Dict, path: &str) -> Option<&'a Value> {
    let (first, rest) = path
        .split_once('.')
        .map_or((path, None), |(a, b)| (a, Some(b)));
    let value = dict.get(first)?;
    match rest {
        Some(rest) => find(value.as_dict()?, rest),
        None => Some(value),
    }
}

/// Puts a value at a path, making tables on the way and replacing what is no table.
pub(crate) fn insert(dict: &mut Dict, path: &[&str], value: Value) {
    match path {
        [] => {}
        [last] => {
            dict.insert((*last).to_owned(), value);
        }
        [first, rest @ ..] => {
            let entry = dict
                .entry((*first).to_owned())
                .or_insert_with(|| Dict::new().into());
            if entry.as_dict().is_none() {
                *entry = Dict::new().into();
            }
            if let Value::Dict(_, inner) = entry {
                insert(inner, rest, value);
            }
        }
    }
}

fn remove(dict: &mut Dict, path: &[&str]) {
    match path {
        [] => {}
        [last] => {
            dict.remove(*last);
        }
        [first, rest @ ..] => {
            if let Some(Value::Dict(_, inner)) = dict.get_mut(*first) {
                remove(inner, rest);
            }
        }
    }
}
