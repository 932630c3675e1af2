//! Every operation, by everybody.

use std::collections::BTreeMap;

use anyhow::Context as _;
use mosaic_identity::ApiToken;
use mosaic_isolation::{Caller, Matrix, Row, Thing};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer::Answer;
use crate::fresh::{SAID, unique};
use crate::people::{Person, person, stranger, workspace};
use crate::planted::Planted;
use crate::stage::{Stage, client};
use crate::times::Times;

#[tokio::test(flavor = "multi_thread")]
async fn everybody_gets_what_the_table_says_and_nothing_of_anybody_elses() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let document = stage.get(&stage.people.owner, "/api/openapi.json").await?;
    let matrix = Matrix::of(&document)?;
    let identities = identities(&stage).await?;
    let planted = Planted::plant(&stage).await?;
    let before = planted.shown(&stage).await?;
    let mut round = Round {
        stage: &stage,
        planted: &planted,
        identities,
        times: Times::default(),
        faults: Vec::new(),
        asked: 0,
    };
    for row in &matrix.rows {
        for caller in Caller::ALL {
            let asked = round.ask(row, caller).await;
            asked.with_context(|| format!("{} as {}", row.name(), caller.name()))?;
        }
    }
    let after = planted.shown(&stage).await?;
    for (before, after) in before.iter().zip(&after) {
        if before != after {
            round
                .faults
                .push(format!("changed: {before} is now {after}"));
        }
    }
    round.end(matrix.rows.len())
}

/// What somebody sends to be recognised by.
#[derive(Debug, Clone)]
enum Credential {
    None,
    Token(String),
    /// A cookie, and whether an own page sends it.
    Cookie(String, bool),
}

/// Somebody, and by what they are recognised.
#[derive(Debug, Clone)]
struct Identity {
    person: Person,
    credential: Credential,
    /// At an address of their own.
    http: reqwest::Client,
}

/// Everybody asks everything.
struct Round<'a> {
    stage: &'a Stage,
    planted: &'a Planted,
    identities: BTreeMap<Caller, Identity>,
    times: Times,
    faults: Vec<String>,
    asked: usize,
}

/// Everybody.
async fn identities(stage: &Stage) -> anyhow::Result<BTreeMap<Caller, Identity>> {
    let mut identities = BTreeMap::new();
    // Whoever sets a password ends their other sessions, so the session comes first.
    for caller in Caller::ALL.into_iter().rev() {
        let person = of(stage, caller).clone();
        identities.insert(caller, identity(stage, caller, person).await?);
    }
    Ok(identities)
}

impl Round<'_> {
    async fn ask(&mut self, row: &Row, caller: Caller) -> anyhow::Result<()> {
        let expected = row.codes.get(&caller).copied().context("a code")?;
        let allowed = expected < 300;
        let identity = if row.case.twin && allowed {
            let twin = twin(self.stage, caller).await?;
            identity(self.stage, caller, twin).await?
        } else {
            let own = self.identities.get(&caller).cloned();
            own.context("an identity")?
        };
        let mut values = BTreeMap::new();
        for thing in row.things() {
            let value = match own(thing, &identity, self.stage) {
                Some(value) => value,
                None if row.case.spends && allowed => match self.stage.fresh(thing).await? {
                    Some(value) => value,
                    None => self.planted.value(thing)?,
                },
                None => self.planted.value(thing)?,
            };
            values.insert(thing, value);
        }
        let answer = self.answer(row, caller, &identity, &values).await?;
        if answer.status != expected {
            let (name, body) = (row.name(), shortened(&answer.body));
            let (caller, status) = (caller.name(), answer.status);
            let fault = format!("{name} as {caller}: {status} instead of {expected}: {body}");
            self.faults.push(fault);
            return Ok(());
        }
        let hidden: Vec<Thing> = values
            .keys()
            .copied()
            .filter(|thing| !thing.is_own())
            .collect();
        if expected == 404 && !hidden.is_empty() {
            let mut nothing = values.clone();
            for thing in &hidden {
                nothing
                    .entry(*thing)
                    .and_modify(|value| *value = unknown(value));
            }
            let other = self.answer(row, caller, &identity, &nothing).await?;
            self.times.add(answer.took, other.took);
            let asked = |values: &BTreeMap<_, String>| values.values().cloned().collect::<Vec<_>>();
            let (theirs, none) = (
                answer.apart_from(&asked(&values)),
                other.apart_from(&asked(&nothing)),
            );
            if theirs != none {
                let (name, caller) = (row.name(), caller.name());
                self.faults.push(format!(
                    "{name} as {caller} differs from what is said of nothing:\n{theirs}\n{none}"
                ));
            }
        }
        Ok(())
    }

    /// Asks and looks for what must not be in the answer.
    async fn answer(
        &mut self,
        row: &Row,
        caller: Caller,
        identity: &Identity,
        values: &BTreeMap<Thing, String>,
    ) -> anyhow::Result<Answer> {
        let request = self.request(row, identity, values)?;
        let answer = Answer::to(request).await?;
        self.asked += 1;
        let mut asked: Vec<String> = values.values().cloned().collect();
        if row.case.repeats {
            asked.extend(self.planted.values().cloned());
        }
        let text = answer.text();
        let mut seen = self.planted.markers.seen(caller, &asked, &text);
        if row.case.tells {
            seen.retain(|marker| *marker == SAID);
        }
        if !seen.is_empty() {
            let (name, caller) = (row.name(), caller.name());
            self.faults.push(format!(
                "{name} as {caller} shows {seen:?}: {}",
                shortened(&text)
            ));
        }
        Ok(answer)
    }

    fn request(
        &self,
        row: &Row,
        identity: &Identity,
        values: &BTreeMap<Thing, String>,
    ) -> anyhow::Result<RequestBuilder> {
        let mut path = row.operation.path.clone();
        for (name, value) in &row.case.path {
            path = path.replace(&format!("{{{name}}}"), &filled(value, values));
        }
        if let Some(query) = &row.case.query {
            path = format!("{path}?{}", filled(query, values));
        }
        let method = Method::from_bytes(row.operation.method.as_bytes())?;
        let mut request = identity.http.request(method, self.stage.url(&path));
        for (name, value) in &row.case.headers {
            request = request.header(name, filled(value, values));
        }
        if let Some(body) = &row.case.body {
            request = request.json(&filled_in(body, values));
        }
        Ok(match &identity.credential {
            Credential::None => request,
            Credential::Token(token) => request.bearer_auth(token),
            Credential::Cookie(cookie, true) => request
                .header("cookie", cookie)
                .header("origin", self.stage.url(""))
                .header("sec-fetch-site", "same-origin"),
            Credential::Cookie(cookie, false) => request
                .header("cookie", cookie)
                .header("origin", "https://elsewhere.example")
                .header("sec-fetch-site", "cross-site"),
        })
    }

    fn end(self, rows: usize) -> anyhow::Result<()> {
        self.times.show();
        let Self { faults, asked, .. } = self;
        anyhow::ensure!(
            faults.is_empty(),
            "{} of {asked} answers to {rows} rows are wrong:\n{}",
            faults.len(),
            faults.join("\n")
        );
        Ok(())
    }
}

/// Whose credential a caller has, or would have.
fn of(stage: &Stage, caller: Caller) -> &Person {
    let people = &stage.people;
    match caller {
        Caller::Deactivated => &people.deactivated,
        Caller::Stranger => &people.stranger,
        Caller::Guest => &people.guest,
        Caller::Member => &people.member,
        Caller::Admin => &people.admin,
        Caller::Owner | Caller::OwnerRead => &people.owner,
        Caller::Nobody
        | Caller::Garbage
        | Caller::Forged
        | Caller::Holder
        | Caller::HolderRead
        | Caller::Session => &people.holder,
    }
}

/// Somebody of the same kind.
async fn twin(stage: &Stage, caller: Caller) -> anyhow::Result<Person> {
    let like = of(stage, caller);
    if caller == Caller::Stranger {
        let other = workspace(&stage.database, &format!("Gamma {}", unique())).await?;
        return stranger(&stage.database, other).await;
    }
    person(&stage.database, like.workspace, like.role, "Twin").await
}

async fn identity(stage: &Stage, caller: Caller, person: Person) -> anyhow::Result<Identity> {
    let credential = match caller {
        Caller::Nobody => Credential::None,
        Caller::Garbage => Credential::Token(ApiToken::generate().expose().to_owned()),
        Caller::OwnerRead | Caller::HolderRead => Credential::Token(person.reading.clone()),
        Caller::Session => Credential::Cookie(sign_in(stage, &person).await?, true),
        Caller::Forged => Credential::Cookie(by_token(stage, &person).await?, false),
        _ => Credential::Token(person.token.clone()),
    };
    let place = Caller::ALL.iter().position(|one| *one == caller);
    let http = client(u8::try_from(10 + place.unwrap_or_default())?)?;
    Ok(Identity {
        person,
        credential,
        http,
    })
}

/// The cookie that a browser gets for a password, which has every right of the person.
async fn sign_in(stage: &Stage, person: &Person) -> anyhow::Result<String> {
    let password = unique();
    let new = json!({"new": password});
    let path = "/api/me/password";
    stage.ask(person, Method::PUT, path, Some(&new)).await?;
    cookie(stage, &json!({"email": person.email, "password": password})).await
}

/// The cookie that a browser gets for a token, which is good for no more than that.
async fn by_token(stage: &Stage, person: &Person) -> anyhow::Result<String> {
    cookie(stage, &json!({"token": person.token})).await
}

async fn cookie(stage: &Stage, shown: &Value) -> anyhow::Result<String> {
    let request = stage.http.post(stage.url("/api/session"));
    let answer = request.json(shown).send().await?;
    let answer = answer.error_for_status()?;
    let cookie = answer.headers().get("set-cookie").context("a cookie")?;
    let (pair, _) = cookie.to_str()?.split_once(';').context("attributes")?;
    Ok(pair.to_owned())
}

/// What is the caller's own.
fn own(thing: Thing, identity: &Identity, stage: &Stage) -> Option<String> {
    let person = &identity.person;
    Some(match thing {
        Thing::Me => person.id.to_string(),
        Thing::MyWorkspace => person.workspace.to_string(),
        Thing::Unique => unique(),
        Thing::MyToken => match &identity.credential {
            Credential::Token(token) => token.clone(),
            Credential::None => stage.people.holder.token.clone(),
            Credential::Cookie(..) => person.token.clone(),
        },
        _ => return None,
    })
}

/// Something of the same form that does not exist.
fn unknown(value: &str) -> String {
    if value.parse::<Uuid>().is_ok() {
        return Uuid::now_v7().to_string();
    }
    let other = |letter: char| match letter {
        '0'..='9' => '1',
        'a'..='z' => 'x',
        'A'..='Z' => 'X',
        other => other,
    };
    value.chars().map(other).collect()
}

fn filled(text: &str, values: &BTreeMap<Thing, String>) -> String {
    let put = |text: String, (thing, value): (&Thing, &String)| {
        text.replace(&format!("{{{}}}", thing.name()), value)
    };
    values.iter().fold(text.to_owned(), put)
}

fn filled_in(body: &Value, values: &BTreeMap<Thing, String>) -> Value {
    match body {
        Value::String(text) => Value::String(filled(text, values)),
        Value::Array(all) => all.iter().map(|one| filled_in(one, values)).collect(),
        Value::Object(all) => {
            let fields = all.iter();
            let filled = fields.map(|(name, value)| (name.clone(), filled_in(value, values)));
            Value::Object(filled.collect())
        }
        other => other.clone(),
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(300).collect()
}
