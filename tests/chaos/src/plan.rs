//! What will happen, drawn from the seed.
//!
//! Each storm deals its faults from a shuffled pack, so that every kind comes soon, and none twice before all came.

use std::time::Duration;

use mosaic_testkit::{Chance, Trouble, Weather};

/// The gateways of an installation.
pub const GATEWAYS: usize = 2;
/// Its workers.
pub const WORKERS: usize = 3;

/// A process of the installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A gateway, by its number from 0.
    Gateway(usize),
    /// A worker, by its number from 0.
    Worker(usize),
}

/// What a proxy stands before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The record.
    Postgres,
    /// The bus.
    Valkey,
}

/// Something that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A process is killed without warning and started again.
    Kill(Place),
    /// A process is told to stop, drains, and is started again.
    Stop(Place),
    /// A process does not run for a while and does not know it.
    Freeze(Place),
    /// Valkey is killed and comes back empty.
    Wipe,
    /// Postgres is killed and recovers.
    RestartPostgres,
    /// Connections between a process and an engine are reset.
    Cut(Place, Engine, u8),
    /// Something happens to the network between a process and an engine.
    Network(Place, Engine, Weather),
}

/// A fault, when it comes and how long it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blow {
    /// The pause before it.
    pub pause: Duration,
    /// What happens.
    pub fault: Fault,
    /// How long.
    pub lasts: Duration,
}

impl Fault {
    /// Its kind, for counting.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Kill(Place::Gateway(_)) => "gateway killed",
            Self::Kill(Place::Worker(_)) => "worker killed",
            Self::Stop(Place::Gateway(_)) => "gateway stopped",
            Self::Stop(Place::Worker(_)) => "worker stopped",
            Self::Freeze(_) => "process frozen",
            Self::Wipe => "Valkey killed, back empty",
            Self::RestartPostgres => "Postgres killed, restarted",
            Self::Cut(..) => "connections cut",
            Self::Network(_, _, weather) => match weather.trouble {
                Some(Trouble::Delay(_)) => "network late",
                Some(Trouble::Throttle(_)) => "network slow",
                Some(Trouble::Stall) => "network stalled",
                Some(Trouble::HalfOpen) => "connections half open",
                Some(Trouble::Refuse) => "connections refused",
                None => "network fair",
            },
        }
    }
}

/// Which storm a fault belongs to. Those that rage at once are independent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storm {
    /// Kills, stops and freezes processes.
    Processes,
    /// Stops processes in order, one after the other, as a deployment does.
    Deployment,
    /// Restarts engines and disturbs the network.
    Engines,
}

/// The blows of a storm, without end.
#[derive(Debug, Clone)]
pub struct Blows {
    storm: Storm,
    chance: Chance,
    pack: Vec<Kind>,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    KillWorker,
    KillGateway,
    StopWorker,
    StopGateway,
    Freeze,
    Wipe,
    RestartPostgres,
    Cut,
    Late,
    Slow,
    Stalled,
    HalfOpen,
    Refused,
}

const PROCESSES: [Kind; 8] = [
    Kind::KillWorker,
    Kind::KillWorker,
    Kind::KillWorker,
    Kind::KillGateway,
    Kind::KillGateway,
    Kind::StopWorker,
    Kind::StopGateway,
    Kind::Freeze,
];

const DEPLOYMENT: [Kind; 4] = [
    Kind::StopWorker,
    Kind::StopWorker,
    Kind::StopWorker,
    Kind::StopGateway,
];

const ENGINES: [Kind; 10] = [
    Kind::Wipe,
    Kind::Wipe,
    Kind::RestartPostgres,
    Kind::Cut,
    Kind::Cut,
    Kind::Late,
    Kind::Slow,
    Kind::Stalled,
    Kind::HalfOpen,
    Kind::Refused,
];

impl Blows {
    /// The blows of this storm of this seed.
    #[must_use]
    pub fn new(seed: u64, storm: Storm) -> Self {
        let part = match storm {
            Storm::Processes => 1,
            Storm::Engines => 2,
            Storm::Deployment => 3,
        };
        Self {
            storm,
            chance: Chance::of_part(seed, part),
            pack: Vec::new(),
        }
    }

    fn kind(&mut self) -> Kind {
        if self.pack.is_empty() {
            self.pack = match self.storm {
                Storm::Processes => PROCESSES.to_vec(),
                Storm::Engines => ENGINES.to_vec(),
                Storm::Deployment => DEPLOYMENT.to_vec(),
            };
        }
        let left = u64::try_from(self.pack.len()).unwrap_or(1);
        let index = usize::try_from(self.chance.below(left)).unwrap_or_default();
        self.pack.swap_remove(index)
    }

    fn number(&mut self, below: usize) -> usize {
        let below = u64::try_from(below).unwrap_or(1);
        usize::try_from(self.chance.below(below)).unwrap_or_default()
    }

    fn worker(&mut self) -> Place {
        Place::Worker(self.number(WORKERS))
    }

    fn gateway(&mut self) -> Place {
        Place::Gateway(self.number(GATEWAYS))
    }

    /// Mostly workers: they have more to lose.
    fn place(&mut self) -> Place {
        if self.chance.hits(65) {
            self.worker()
        } else {
            self.gateway()
        }
    }

    fn engine(&mut self) -> Engine {
        if self.chance.hits(50) {
            Engine::Postgres
        } else {
            Engine::Valkey
        }
    }

    fn millis(&mut self, least: u64, most: u64) -> Duration {
        let (least, most) = (Duration::from_millis(least), Duration::from_millis(most));
        self.chance.between(least, most)
    }

    fn fault(&mut self, kind: Kind) -> Fault {
        let trouble = match kind {
            Kind::KillWorker => return Fault::Kill(self.worker()),
            Kind::KillGateway => return Fault::Kill(self.gateway()),
            Kind::StopWorker => return Fault::Stop(self.worker()),
            Kind::StopGateway => return Fault::Stop(self.gateway()),
            Kind::Freeze => return Fault::Freeze(self.place()),
            Kind::Wipe => return Fault::Wipe,
            Kind::RestartPostgres => return Fault::RestartPostgres,
            Kind::Cut => return Fault::Cut(self.place(), self.engine(), self.share()),
            Kind::Late => Trouble::Delay(self.millis(20, 250)),
            Kind::Slow => {
                Trouble::Throttle(u32::try_from(4_000 + self.chance.below(60_000)).unwrap_or(4_000))
            }
            Kind::Stalled => Trouble::Stall,
            Kind::HalfOpen => Trouble::HalfOpen,
            Kind::Refused => Trouble::Refuse,
        };
        let weather = Weather::of(trouble).on(self.share());
        Fault::Network(self.place(), self.engine(), weather)
    }

    /// Some connections, or all.
    fn share(&mut self) -> u8 {
        *self.chance.pick(&[30, 60, 100, 100]).unwrap_or(&100)
    }
}

impl Iterator for Blows {
    type Item = Blow;

    fn next(&mut self) -> Option<Blow> {
        let kind = self.kind();
        let pause = self.millis(400, 2_500);
        let fault = self.fault(kind);
        let lasts = match fault {
            Fault::Kill(_) | Fault::Stop(_) | Fault::Wipe | Fault::RestartPostgres => {
                self.millis(0, 1_500)
            }
            Fault::Freeze(_) | Fault::Network(..) => self.millis(800, 6_000),
            Fault::Cut(..) => Duration::ZERO,
        };
        Some(Blow {
            pause,
            fault,
            lasts,
        })
    }
}

/// What a message makes the model do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Answer.
    Talk,
    /// Call a tool, then answer.
    Tool,
    /// Call a tool that takes a while, then answer.
    SlowTool,
    /// Call two tools at once, then answer.
    Tools,
}

impl Wish {
    /// The word by which the model knows it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Talk => "talk",
            Self::Tool => "onetool",
            Self::SlowTool => "slowtool",
            Self::Tools => "twotools",
        }
    }
}

/// What a person does after sending a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Waits for the answer.
    Wait,
    /// Goes on at once.
    GoOn,
    /// Stops the run.
    Stop,
}

/// One message of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Errand {
    /// The pause before it.
    pub pause: Duration,
    /// What it asks for.
    pub wish: Wish,
    /// Whether it waits for a run of its own while one is active.
    pub waits: bool,
    /// What its sender does next.
    pub then: Then,
}

/// The conversations of one thread of talk: what is said in each.
#[derive(Debug, Clone)]
pub struct Talk {
    chance: Chance,
}

impl Talk {
    /// The talk of this seed on this thread.
    #[must_use]
    pub fn new(seed: u64, thread: u64) -> Self {
        Self {
            chance: Chance::of_part(seed, 100 + thread),
        }
    }

    fn errand(&mut self) -> Errand {
        let (least, most) = (Duration::from_millis(50), Duration::from_millis(1_200));
        let pause = self.chance.between(least, most);
        let wishes = [
            Wish::Talk,
            Wish::Talk,
            Wish::Tool,
            Wish::Tool,
            Wish::SlowTool,
            Wish::Tools,
        ];
        let wish = *self.chance.pick(&wishes).unwrap_or(&Wish::Talk);
        let waits = self.chance.hits(30);
        let then = match self.chance.below(100) {
            0..5 => Then::Stop,
            5..45 => Then::GoOn,
            _ => Then::Wait,
        };
        Errand {
            pause,
            wish,
            waits,
            then,
        }
    }
}

impl Iterator for Talk {
    /// What is said in one conversation.
    type Item = Vec<Errand>;

    fn next(&mut self) -> Option<Vec<Errand>> {
        let messages = 5 + self.chance.below(8);
        Some((0..messages).map(|_| self.errand()).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn blows(seed: u64, storm: Storm) -> Vec<Blow> {
        Blows::new(seed, storm).take(40).collect()
    }

    #[test]
    fn a_seed_repeats_its_faults_and_its_talk() {
        for storm in [Storm::Processes, Storm::Engines, Storm::Deployment] {
            assert_eq!(blows(7, storm), blows(7, storm));
            assert_ne!(blows(7, storm), blows(8, storm));
        }
        let talk = |seed, thread| Talk::new(seed, thread).take(5).collect::<Vec<_>>();
        assert_eq!(talk(7, 0), talk(7, 0));
        assert_ne!(talk(7, 0), talk(7, 1));
        assert_ne!(talk(7, 0), talk(8, 0));
    }

    #[test]
    fn every_kind_of_fault_comes_with_the_first_pack_whatever_the_seed() {
        for seed in 0..20 {
            let processes = Blows::new(seed, Storm::Processes).take(PROCESSES.len());
            let engines = Blows::new(seed, Storm::Engines).take(ENGINES.len());
            let kinds: BTreeSet<_> = processes
                .chain(engines)
                .map(|blow| blow.fault.kind())
                .collect();
            assert_eq!(kinds.len(), 13, "{kinds:?}");
        }
    }
}
