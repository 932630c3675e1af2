//! `bench fanout`: what an idle client costs the gateway, and how soon every token reaches everybody who watches.

mod idle;
mod limits;
mod model;
mod options;
mod socket;
mod story;
mod watched;

use crate::load::create_people;
use crate::report;
use crate::system::{Engines, Installation, Machine};

pub(crate) use options::Options;

use idle::Idle;
use model::Model;
use story::{Facts, Story};
use watched::Watched;

/// Measures and reports.
pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let machine = Machine::look()?;
    limits::raise(options.most_sockets())?;
    let engines = Engines::connect().await?;
    let people = create_people(&engines.storage, options.people()).await?;
    let model = Model::start(options.pace()).await?;
    let settings = options.settings();
    let mut installation = Installation::with_model(&engines, model.url(), settings.clone())?;
    let mut idle = Vec::new();
    for round in 1..=options.rounds() {
        report::note(format_args!(
            "{} idle clients: round {round} of {}",
            options.clients(),
            options.rounds()
        ));
        // Anew each time: memory that a former round has left to the gateway would hide what this one needs.
        installation.start().await?;
        idle.push(Idle::round(options, &engines, &installation, &people).await?);
    }
    installation.start().await?;
    let mut watched: Vec<_> = options.watchers().into_iter().map(Watched::new).collect();
    for round in 1..=options.rounds() {
        for of in &mut watched {
            report::note(format_args!(
                "1 run watched by {}: round {round} of {}",
                of.watchers,
                options.rounds()
            ));
            of.round(options, &installation, &people[0]).await?;
        }
    }
    installation.stop().await?;
    model.stop().await;
    let story = Story::new(Facts {
        options,
        machine,
        engines: engines.facts.clone(),
        settings,
        idle,
        watched,
    });
    report::finish("fanout", options.output.as_deref(), &story)
}
