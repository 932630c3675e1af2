//! The table, held against the document.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use serde_json::Value;

use crate::profile::Answer;
use crate::{Caller, Case, Operation, Profile, Thing};

/// The profiles.
const PROFILES: &str = include_str!("../cases/profiles.toml");

/// The cases of each tag.
const FILES: [(&str, &str); 8] = [
    ("conversations", include_str!("../cases/conversations.toml")),
    ("runs", include_str!("../cases/runs.toml")),
    ("memory", include_str!("../cases/memory.toml")),
    ("summaries", include_str!("../cases/summaries.toml")),
    ("channels", include_str!("../cases/channels.toml")),
    ("identity", include_str!("../cases/identity.toml")),
    ("people", include_str!("../cases/people.toml")),
    ("operation", include_str!("../cases/operation.toml")),
];

/// One operation as it is asked once.
#[derive(Debug, Clone)]
pub struct Row {
    /// The operation.
    pub operation: Operation,
    /// What is special about this way to ask, where there is more than one.
    pub note: String,
    /// How it is asked.
    pub case: Case,
    /// What everybody is told.
    pub codes: BTreeMap<Caller, u16>,
}

impl Row {
    /// Its name in messages.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.operation.id, self.note)
            .trim_end()
            .to_owned()
    }

    /// The things that it asks for.
    #[must_use]
    pub fn things(&self) -> BTreeSet<Thing> {
        let texts = self.case.texts();
        let named = texts
            .into_iter()
            .filter_map(|text| Thing::named_in(text).ok());
        named.flatten().collect()
    }
}

/// The whole table.
#[derive(Debug, Clone)]
pub struct Matrix {
    /// The profiles by their names.
    pub profiles: BTreeMap<String, Profile>,
    /// Every way in which an operation is asked, by tag and name.
    pub rows: Vec<Row>,
}

impl Matrix {
    /// Reads the table. Everything in which it and the document differ is named at once.
    pub fn of(document: &Value) -> anyhow::Result<Self> {
        let profiles: BTreeMap<String, Profile> =
            toml::from_str(PROFILES).context("cases/profiles.toml")?;
        let operations = Operation::all(document);
        let (mut rows, mut faults) = (Vec::new(), Vec::new());
        for (tag, text) in FILES {
            let cases: BTreeMap<String, Case> =
                toml::from_str(text).with_context(|| format!("cases/{tag}.toml"))?;
            for (name, case) in cases {
                match row(&profiles, &operations, (tag, &name), case) {
                    Ok(row) => rows.push(row),
                    Err(fault) => faults.push(format!("cases/{tag}.toml: {name}: {fault:#}")),
                }
            }
        }
        for operation in &operations {
            if !rows.iter().any(|row| row.operation == *operation) {
                let Operation {
                    id,
                    method,
                    path,
                    tag,
                    ..
                } = operation;
                faults.push(format!(
                    "cases/{tag}.toml: {id} ({method} {path}) has no case; say there how it is asked and who may"
                ));
            }
        }
        anyhow::ensure!(faults.is_empty(), "{}", faults.join("\n"));
        Ok(Self { profiles, rows })
    }
}

fn row(
    profiles: &BTreeMap<String, Profile>,
    operations: &[Operation],
    (tag, name): (&str, &str),
    case: Case,
) -> anyhow::Result<Row> {
    let (id, note) = name.split_once(' ').unwrap_or((name, ""));
    let operation = operations.iter().find(|one| one.id == id);
    let operation = operation.context("there is no such operation")?.clone();
    anyhow::ensure!(operation.tag == tag, "belongs into {}.toml", operation.tag);
    let wanted: BTreeSet<_> = operation.parameters().collect();
    let given: BTreeSet<_> = case.path.keys().map(String::as_str).collect();
    anyhow::ensure!(
        wanted == given,
        "`path` has {given:?} instead of {wanted:?}"
    );
    for text in case.texts() {
        if let Err(name) = Thing::named_in(text) {
            anyhow::bail!("there is no {{{name}}}");
        }
    }
    let codes = codes(profiles, &case, case.ok.unwrap_or(operation.ok))?;
    Ok(Row {
        operation,
        note: note.to_owned(),
        case,
        codes,
    })
}

fn codes(
    profiles: &BTreeMap<String, Profile>,
    case: &Case,
    ok: u16,
) -> anyhow::Result<BTreeMap<Caller, u16>> {
    let profile = profiles.get(&case.codes);
    let profile = profile.with_context(|| format!("there is no profile {}", case.codes))?;
    let mut answers = profile
        .answers()
        .with_context(|| format!("profile {}", case.codes))?;
    answers.extend(case.but.by_caller()?);
    let code = |answer| match answer {
        Answer::Ok => ok,
        Answer::Status(status) => status,
    };
    let codes = answers
        .into_iter()
        .map(|(caller, answer)| (caller, code(answer)));
    Ok(codes.collect())
}
