//! The installation on which a run is played.

use std::sync::Arc;
use std::time::Duration;

use mosaic_e2e::{Scene, World};
use mosaic_testkit::model_server::{Script, Turn};
use secrecy::ExposeSecret as _;
use serde_json::json;
use tokio::sync::Mutex;

use crate::findings::Notes;
use crate::plan::{GATEWAYS, Place, WORKERS, Wish};
use crate::slot::{Engines, Slot};
use crate::storm::{Seat, Slots};

/// Words of an answer. They take about a second to say.
const WORDS: usize = 25;
const WORD_TAKES: Duration = Duration::from_millis(40);

/// The installation, running.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) slots: Slots,
    /// Where the gateways serve people.
    pub(crate) gateways: Arc<[String]>,
}

impl Stage {
    pub(crate) async fn set(seed: u64, notes: &Notes) -> anyhow::Result<Self> {
        let world = World::start(Scene {
            script: Some(script()),
            variables: variables(),
            ..Scene::default()
        })
        .await?;
        let engines = Engines {
            postgres: world.postgres.url_of_services().expose_secret().to_owned(),
            valkey: world.valkey.url().expose_secret().to_owned(),
        };
        let mut addresses = Vec::new();
        let mut gateways = Vec::new();
        let mut workers = Vec::new();
        let places = (0..GATEWAYS)
            .map(Place::Gateway)
            .chain((0..WORKERS).map(Place::Worker));
        for (place, nth) in places.zip(1..) {
            let seed = seed.wrapping_add(nth);
            let (slot, lines, url) = Slot::new(place, seed, world.launcher(), &engines).await?;
            addresses.extend(url);
            let seat = Seat {
                slot: Mutex::new(slot),
                lines,
            };
            match place {
                Place::Gateway(_) => gateways.push(seat),
                Place::Worker(_) => workers.push(seat),
            }
        }
        let slots = Slots { gateways, workers };
        for seat in slots.all() {
            seat.slot.lock().await.up(notes).await?;
        }
        Ok(Self {
            world,
            slots,
            gateways: addresses.into(),
        })
    }

    /// Keeps what the processes wrote, and says where.
    pub(crate) fn keep_logs(&self, seed: u64, notes: &Notes) -> anyhow::Result<()> {
        let folder = std::env::temp_dir().join(format!("mosaic-chaos-{seed}"));
        std::fs::create_dir_all(&folder)?;
        for entry in std::fs::read_dir(self.world.folder())? {
            let path = entry?.path();
            if let Some(name) = path.file_name()
                && path.extension().is_some_and(|extension| extension == "log")
            {
                std::fs::copy(&path, folder.join(name))?;
            }
        }
        notes.say(format_args!("the logs are in {}", folder.display()));
        std::fs::write(folder.join("course.txt"), notes.course())?;
        Ok(())
    }
}

/// Shorter than usual, so that a short run sees many take-overs.
fn variables() -> Vec<(String, String)> {
    [
        ("MOSAIC_AGENT_WORKER__LEASE_MS", "3000"),
        ("MOSAIC_AGENT_WORKER__HEARTBEAT_MS", "1000"),
        ("MOSAIC_SHUTDOWN__GRACE_S", "4"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

/// A model that does what the last message wishes for.
fn script() -> Script {
    let words: Vec<String> = (0..WORDS).map(|n| format!("w{n}")).collect();
    let answer = Turn::text(&format!("I heard {{user}} {}", words.join(" ")))
        .with_delays(Duration::ZERO, WORD_TAKES);
    let quick = || json!({"takesMs": 30});
    Script::answering(answer.clone())
        .when(Wish::SlowTool.word())
        .tool_call("probe", json!({"takesMs": 1_500}))
        .turn(answer.clone())
        .when(Wish::Tools.word())
        .step(
            Turn::default()
                .with_tool_call("probe", quick())
                .with_tool_call("probe", json!({"takesMs": 400})),
        )
        .turn(answer.clone())
        .when(Wish::Tool.word())
        .tool_call("probe", quick())
        .turn(answer)
}
