//! What most operations have in common: who gets which answer.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde::Deserialize;

use crate::Caller;

/// What is told to those who are nobody, unless a profile says otherwise.
const STANDARD: [(Caller, Answer); 4] = [
    (Caller::Nobody, Answer::Status(401)),
    (Caller::Garbage, Answer::Status(401)),
    (Caller::Deactivated, Answer::Status(401)),
    (Caller::Forged, Answer::Status(403)),
];

/// An answer that is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// What the operation says when it succeeds.
    Ok,
    /// This status.
    Status(u16),
}

/// The answers to callers: for each answer, `ok` or a status, those who get it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Answers(BTreeMap<String, Vec<Caller>>);

impl Answers {
    /// One entry per caller that is named; nobody is named twice.
    pub(crate) fn by_caller(&self) -> anyhow::Result<BTreeMap<Caller, Answer>> {
        let mut all = BTreeMap::new();
        for (answer, callers) in &self.0 {
            let answer = match answer.as_str() {
                "ok" => Answer::Ok,
                status => Answer::Status(
                    status
                        .parse()
                        .with_context(|| format!("{status} is neither `ok` nor a status"))?,
                ),
            };
            for caller in callers {
                let before = all.insert(*caller, answer);
                anyhow::ensure!(before.is_none(), "{} is named twice", caller.name());
            }
        }
        Ok(all)
    }
}

/// A way in which an operation treats its callers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// In words.
    pub means: String,
    answers: Answers,
}

impl Profile {
    /// The answers to everybody. The holder's own page gets what the holder gets, unless said.
    pub(crate) fn answers(&self) -> anyhow::Result<BTreeMap<Caller, Answer>> {
        let mut all: BTreeMap<_, _> = STANDARD.into_iter().collect();
        all.extend(self.answers.by_caller()?);
        if let Some(answer) = all.get(&Caller::Holder).copied() {
            all.entry(Caller::Session).or_insert(answer);
        }
        for caller in Caller::ALL {
            anyhow::ensure!(all.contains_key(&caller), "{} is missing", caller.name());
        }
        Ok(all)
    }
}
