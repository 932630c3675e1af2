//! The operations that the document describes.

use serde_json::Value;

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// `operationId`.
    pub id: String,
    /// In capitals.
    pub method: String,
    /// With its parameters in braces.
    pub path: String,
    /// The first of its tags.
    pub tag: String,
    /// What it answers when it succeeds.
    pub ok: u16,
}

impl Operation {
    /// All of a document, in its order.
    #[must_use]
    pub fn all(document: &Value) -> Vec<Self> {
        let paths = document["paths"].as_object().into_iter().flatten();
        paths
            .flat_map(|(path, item)| {
                let methods = item.as_object().into_iter().flatten();
                methods.map(move |(method, operation)| Self::new(path, method, operation))
            })
            .collect()
    }

    fn new(path: &str, method: &str, operation: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let codes = operation["responses"].as_object().into_iter().flatten();
        let mut codes = codes.filter_map(|(code, _)| code.parse::<u16>().ok());
        Self {
            id: text(&operation["operationId"]),
            method: method.to_uppercase(),
            path: path.to_owned(),
            tag: text(&operation["tags"][0]),
            ok: codes.find(|code| *code < 400).unwrap_or(200),
        }
    }

    /// The names of the parameters in its path.
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        let parts = self.path.split('{').skip(1);
        parts.filter_map(|part| part.split_once('}').map(|(name, _)| name))
    }
}
