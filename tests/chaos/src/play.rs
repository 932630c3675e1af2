//! A whole run: the stage, the storms, the talk, and the verdict.

use std::time::{Duration, Instant};

use mosaic_bus::{Bus, BusOptions};
use mosaic_e2e::{World, eventually};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::conversation::Thread;
use crate::findings::Notes;
use crate::plan::{Blows, Storm};
use crate::report::Report;
use crate::speaker::Speaker;
use crate::stage::Stage;
use crate::storm;
use crate::verdict::Effects;

/// People, each with a workspace of their own.
const PEOPLE: usize = 3;
/// Conversations that go on at once.
const THREADS: usize = 6;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// Everything that can.
    Chaos,
    /// Nothing but that processes are stopped in order, one after the other, and started again.
    Deployment,
}

/// What to play.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Draws everything.
    pub seed: u64,
    /// How long faults happen and people talk. What was begun is brought to its end after that.
    pub lasts: Duration,
    /// What goes wrong meanwhile.
    pub weather: Weather,
    /// Whether to say what happens as it happens.
    pub aloud: bool,
}

/// Plays a run and says how it went; fails only where it could not be played.
pub async fn run(options: Options) -> anyhow::Result<Report> {
    let Options {
        seed, lasts, aloud, ..
    } = options;
    let notes = Notes::new(seed, aloud);
    notes.say(format_args!("seed {seed}, {} s", lasts.as_secs()));
    let begun = Instant::now();
    let mut stage = Stage::set(seed, &notes).await?;
    notes.say("the installation is ready");
    let played = play(&mut stage, options, &notes).await;
    if let Err(error) = &played {
        notes.find(format_args!("the run broke off: {error:#}"));
    }
    if !notes.findings().is_empty() {
        stage.keep_logs(seed, &notes)?;
    }
    Ok(Report::new(seed, begun.elapsed(), &notes))
}

async fn play(stage: &mut Stage, options: Options, notes: &Notes) -> anyhow::Result<()> {
    let Options {
        seed,
        lasts,
        weather,
        ..
    } = options;
    let effects = Effects::new(stage.world.probe.ledger());
    let over = CancellationToken::new();
    let mut talk = talk(stage, seed, &effects, notes, &over).await?;
    let Stage { world, slots, .. } = &mut *stage;
    let engines = (&mut world.postgres, &mut world.valkey);
    let timer = async {
        sleep(lasts).await;
        over.cancel();
        anyhow::Ok(())
    };
    let (of_processes, of_engines) = match weather {
        Weather::Chaos => (Storm::Processes, Some(Storm::Engines)),
        Weather::Deployment => (Storm::Deployment, None),
    };
    let at_engines = async {
        let Some(storm) = of_engines else {
            return Ok(());
        };
        storm::engines(slots, engines, Blows::new(seed, storm), notes, &over).await
    };
    let stormed = tokio::try_join!(
        timer,
        storm::processes(slots, Blows::new(seed, of_processes), notes, &over),
        at_engines,
    );
    over.cancel();
    stormed?;
    notes.say("the storms are over");
    for seat in slots.all() {
        seat.lines.heal();
        let mut slot = seat.slot.lock().await;
        slot.look(notes).await?;
        slot.up(notes).await?;
    }
    while let Some(ended) = talk.join_next().await {
        ended??;
    }
    notes.say("every conversation has settled");
    nothing_left(world, notes).await?;
    for (call, times) in effects.all() {
        notes.count("effects", 1);
        if times != 1 {
            notes.find(format_args!(
                "step {} of run {} had its effect {times} times",
                call.step, call.run_id
            ));
        }
    }
    for seat in slots.all() {
        seat.slot.lock().await.look(notes).await?;
    }
    Ok(())
}

/// Starts the conversations.
async fn talk(
    stage: &Stage,
    seed: u64,
    effects: &Effects,
    notes: &Notes,
    over: &CancellationToken,
) -> anyhow::Result<JoinSet<anyhow::Result<()>>> {
    let mut people = Vec::new();
    for _ in 0..PEOPLE {
        let (scope, token) = stage.world.stranger().await?;
        people.push(Speaker::new(scope, token, stage.gateways.clone())?);
    }
    let mut talk = JoinSet::new();
    for (number, speaker) in (0..).zip(people.into_iter().cycle().take(THREADS)) {
        let thread = Thread {
            number,
            seed,
            speaker,
            storage: stage.world.storage.clone(),
            effects: effects.clone(),
            notes: notes.clone(),
        };
        talk.spawn(thread.talk(over.clone()));
    }
    Ok(talk)
}

/// In the end nothing waits to be published, and nothing is in work or was given up on.
async fn nothing_left(world: &World, notes: &Notes) -> anyhow::Result<()> {
    for (what, query) in [
        ("jobs", "SELECT count(*) FROM outbox WHERE kind = 'job'"),
        (
            "events that are due",
            "SELECT count(*) FROM outbox
             WHERE kind = 'event' AND life < (SELECT max(life) FROM bus_lives)",
        ),
    ] {
        let url = world.postgres.url();
        let left = async || mosaic_testkit::database::number(url, query).await.ok();
        let emptied = eventually(what, async || (left().await? == 0).then_some(())).await;
        if emptied.is_err() {
            notes.find(format_args!(
                "the outbox still holds {:?} {what}",
                left().await
            ));
        }
    }
    let bus = Bus::connect(BusOptions::new(world.valkey.url().clone())).await?;
    for name in bus.queues().await? {
        let queue = bus.queue(&name);
        let stats = async || queue.stats().await.ok();
        let emptied = eventually("an empty queue", async || {
            let stats = stats().await?;
            let left = stats.waiting + stats.pending + stats.delayed + stats.dead;
            (left == 0).then_some(())
        });
        if emptied.await.is_err() {
            notes.find(format_args!(
                "the queue {name} still holds {:?}",
                stats().await
            ));
        }
    }
    Ok(())
}
