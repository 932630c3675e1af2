//! How an operation is asked, and what everybody is told.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::profile::Answers;

/// How one operation is asked. In texts, `{name}` stands for the id of a [`Thing`](crate::Thing) of the holder or of
/// workspace A.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a word of its own in the table"
)]
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The profile that says who gets what.
    pub codes: String,
    /// Who gets something else than the profile says.
    #[serde(default)]
    pub(crate) but: Answers,
    /// The status of success, where it is not the first that the document names.
    #[serde(default)]
    pub(crate) ok: Option<u16>,
    /// The parameters of the path.
    #[serde(default)]
    pub path: BTreeMap<String, String>,
    /// Behind the path, without the question mark.
    #[serde(default)]
    pub query: Option<String>,
    /// The body, sent as JSON.
    #[serde(default)]
    pub body: Option<Value>,
    /// Further headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// It changes or uses up what it is asked for, so whoever may gets a thing of its own.
    #[serde(default)]
    pub spends: bool,
    /// It tells what belongs to a secret, and those who ask have the secret.
    #[serde(default)]
    pub tells: bool,
    /// It repeats to its caller what they have asked for before, as the log of what they were refused does.
    #[serde(default)]
    pub repeats: bool,
    /// It changes whoever asks, so whoever may is somebody of the same kind who is needed no more.
    #[serde(default)]
    pub twin: bool,
}

impl Case {
    /// Every text in which things may stand.
    pub(crate) fn texts(&self) -> Vec<&str> {
        let mut texts: Vec<&str> = self.path.values().map(String::as_str).collect();
        texts.extend(self.query.as_deref());
        texts.extend(self.headers.values().map(String::as_str));
        if let Some(body) = &self.body {
            gather(body, &mut texts);
        }
        texts
    }
}

fn gather<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(all) => all.iter().for_each(|one| gather(one, texts)),
        Value::Object(all) => all.values().for_each(|one| gather(one, texts)),
        _ => {}
    }
}
