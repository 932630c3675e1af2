//! `bench auth`: signing in beside a bare hash, what it costs a request to know who asks, and how soon a revoked token counts
//! nowhere.

mod cached;
mod login;
mod options;
mod person;
mod request;
mod revocation;
mod story;

use crate::report;
use crate::system::{Engines, Installation, Machine};

pub(crate) use options::Options;

use cached::Cached;
use login::Logins;
use person::Person;
use request::Requests;
use revocation::Revocations;
use story::{Facts, Story};

/// No service of these benchmarks asks a model.
const NO_MODEL: &str = "http://127.0.0.1:9/v1";
/// A revocation is made at one and looked for at both.
const GATEWAYS: usize = 2;

/// Measures and reports.
pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let machine = Machine::look()?;
    let engines = Engines::connect().await?;
    let person = Person::create(&engines).await?;
    let settings = Options::settings();
    let mut installation = Installation::with_model(&engines, NO_MODEL, settings.clone())?;
    let gateways = installation.gateways(GATEWAYS).await?;
    let cached = Cached::new(&engines).await?;
    let mut facts = Facts {
        options,
        machine,
        engines: engines.facts.clone(),
        settings,
        logins: Vec::new(),
        requests: Vec::new(),
        cached: Vec::new(),
        revocations: Vec::new(),
    };
    for round in 1..=options.rounds() {
        report::note(format_args!("round {round} of {}", options.rounds()));
        facts
            .logins
            .push(Logins::round(options, gateways[0], &person).await?);
        facts
            .requests
            .push(Requests::round(options, gateways[0], &person).await?);
        facts.cached.push(cached.round(options).await?);
        let revoked = Revocations::round(options, &gateways, &person).await?;
        facts.revocations.push(revoked);
    }
    installation.stop().await?;
    report::finish("auth", options.output.as_deref(), &Story::new(facts))
}
