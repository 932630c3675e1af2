//! The two storms.

use std::time::Duration;

use mosaic_embedded::{Postgres, Valkey};
use mosaic_testkit::Weather;
use tokio::sync::Mutex;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::findings::Notes;
use crate::plan::{Blow, Blows, Fault, Place};
use crate::slot::{Lines, Slot};

/// The places of all processes.
#[derive(Debug)]
pub(crate) struct Slots {
    pub(crate) gateways: Vec<Seat>,
    pub(crate) workers: Vec<Seat>,
}

/// One process and its ways to the engines, which are disturbed also while it is being started.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) slot: Mutex<Slot>,
    pub(crate) lines: Lines,
}

impl Slots {
    pub(crate) fn all(&self) -> impl Iterator<Item = &Seat> {
        self.gateways.iter().chain(&self.workers)
    }

    fn get(&self, place: Place) -> Option<&Seat> {
        match place {
            Place::Gateway(number) => self.gateways.get(number),
            Place::Worker(number) => self.workers.get(number),
        }
    }
}

/// Kills, stops and freezes processes until it is over; whatever was begun is brought to its end.
pub(crate) async fn processes(
    slots: &Slots,
    blows: Blows,
    notes: &Notes,
    over: &CancellationToken,
) -> anyhow::Result<()> {
    for blow in blows {
        if !waited(blow.pause, over).await {
            break;
        }
        for seat in slots.all() {
            seat.slot.lock().await.look(notes).await?;
        }
        strike(slots, &blow, notes).await?;
    }
    Ok(())
}

async fn strike(slots: &Slots, blow: &Blow, notes: &Notes) -> anyhow::Result<()> {
    let (Fault::Kill(place) | Fault::Stop(place) | Fault::Freeze(place)) = blow.fault else {
        return Ok(());
    };
    let Some(seat) = slots.get(place) else {
        return Ok(());
    };
    let mut slot = seat.slot.lock().await;
    note(notes, blow);
    match blow.fault {
        Fault::Kill(_) => slot.kill().await?,
        Fault::Stop(_) => slot.stop(notes).await?,
        _ => {
            slot.freeze(true)?;
            sleep(blow.lasts).await;
            return slot.freeze(false);
        }
    }
    sleep(blow.lasts).await;
    slot.up(notes).await
}

/// Restarts engines and disturbs the network until it is over; whatever was begun is brought to its end.
pub(crate) async fn engines(
    slots: &Slots,
    (postgres, valkey): (&mut Postgres, &mut Valkey),
    blows: Blows,
    notes: &Notes,
    over: &CancellationToken,
) -> anyhow::Result<()> {
    for blow in blows {
        if !waited(blow.pause, over).await {
            break;
        }
        note(notes, &blow);
        match blow.fault {
            Fault::Wipe => {
                valkey.kill().await;
                sleep(blow.lasts).await;
                valkey.wipe().await?;
            }
            Fault::RestartPostgres => {
                postgres.kill().await;
                sleep(blow.lasts).await;
                postgres.restart().await?;
            }
            Fault::Cut(place, engine, per_cent) => {
                if let Some(seat) = slots.get(place) {
                    let cut = seat.lines.to(engine).cut(per_cent);
                    notes.say(format_args!("{cut} connections were cut"));
                }
            }
            Fault::Network(place, engine, weather) => {
                if let Some(seat) = slots.get(place) {
                    let line = seat.lines.to(engine);
                    line.set(weather);
                    sleep(blow.lasts).await;
                    line.set(Weather::FAIR);
                }
            }
            Fault::Kill(_) | Fault::Stop(_) | Fault::Freeze(_) => {}
        }
    }
    Ok(())
}

fn note(notes: &Notes, blow: &Blow) {
    notes.count(blow.fault.kind(), 1);
    notes.say(format_args!("{:?} for {:?}", blow.fault, blow.lasts));
}

/// False if it was over before the pause was.
async fn waited(pause: Duration, over: &CancellationToken) -> bool {
    tokio::select! {
        () = over.cancelled() => false,
        () = sleep(pause) => true,
    }
}
