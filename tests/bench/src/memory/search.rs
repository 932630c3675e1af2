//! Searching: the product's own search and a plain query, in turns, by several clients at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use mosaic_domain::Scope;
use mosaic_storage::{MemoryFilter, Storage, StorageOptions, VectorQuery};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::SEED;
use super::crowd::Crowd;
use super::fill::{Filled, MODEL};
use super::options::Options;
use super::truth::{Kind, Question, WANTED};
use super::vectors::Random;
use crate::measure::{Latencies, Quantiles, Spread, per, rate};
use crate::report;

/// Questions that are drawn beforehand for one client; then they begin again.
const QUESTIONS: usize = 256;
const PATIENCE: Duration = Duration::from_mins(1);

/// How one way of searching did on one kind of question.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Found {
    pub(super) per_second: Spread,
    pub(super) p50_ms: Spread,
    pub(super) p95_ms: Spread,
    pub(super) p99_ms: Spread,
    /// The share of the true nearest that was found.
    pub(super) recall: f64,
    /// The share of questions that got as many answers as there are.
    pub(super) complete: f64,
}

/// One kind of question.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Asked {
    pub(super) kind: &'static str,
    pub(super) mosaic: Found,
    pub(super) plain: Option<Found>,
}

/// One size.
#[derive(Debug, Clone, Serialize)]
pub(super) struct AtSize {
    pub(super) vectors: usize,
    pub(super) people: usize,
    pub(super) largest: usize,
    pub(super) index_s: f64,
    pub(super) index_mib: i64,
    pub(super) asked: Vec<Asked>,
}

/// A way of searching.
#[derive(Debug, Clone)]
enum Way {
    Mosaic(Storage),
    /// What one would write first: the index as it is, filtered, planned for its values, nothing else set.
    Plain(PgPool),
}

/// The searches on one database.
pub(super) struct Searching<'a> {
    options: &'a Options,
    crowd: &'a Crowd,
    filled: &'a Filled,
    mosaic: Way,
    plain: Way,
}

impl<'a> Searching<'a> {
    pub(super) async fn new(
        options: &'a Options,
        crowd: &'a Crowd,
        filled: &'a Filled,
    ) -> anyhow::Result<Self> {
        let url = filled.database.url();
        let storage = Storage::connect(&StorageOptions {
            url: url.clone(),
            max_connections: options.clients,
            connect_timeout: PATIENCE,
            statement_timeout: PATIENCE,
            application: "bench".into(),
        })
        .await?;
        let pool = PgPoolOptions::new().max_connections(options.clients);
        let plain: PgConnectOptions = filled.database.owner_url().expose_secret().parse()?;
        let plain = plain.options([("plan_cache_mode", "force_custom_plan")]);
        Ok(Self {
            options,
            crowd,
            filled,
            mosaic: Way::Mosaic(storage),
            plain: Way::Plain(pool.connect_with(plain).await?),
        })
    }

    pub(super) async fn measure(&self) -> anyhow::Result<AtSize> {
        let mut asked = Vec::new();
        for kind in Kind::ALL {
            report::note(format_args!("searching: {}", kind.name()));
            let mut rounds = [Vec::new(), Vec::new()];
            let plain = (kind != Kind::Recent).then_some(&self.plain);
            for number in 0..=self.options.rounds() {
                for (way, rounds) in [Some(&self.mosaic), plain].into_iter().zip(&mut rounds) {
                    let Some(way) = way else { continue };
                    let round = self.round(way, kind, number).await?;
                    // The first round warms up.
                    if number > 0 {
                        rounds.push(round);
                    }
                }
            }
            let [mosaic, by_plain] = rounds;
            asked.push(Asked {
                kind: kind.name(),
                mosaic: self.found(&self.mosaic, kind, &mosaic).await?,
                plain: match plain {
                    Some(way) => Some(self.found(way, kind, &by_plain).await?),
                    None => None,
                },
            });
        }
        let people = &self.crowd.people;
        Ok(AtSize {
            vectors: self.crowd.rows.len(),
            people: people.len(),
            largest: people.first().map_or(0, |person| person.rows.len()),
            index_s: self.filled.index_s,
            index_mib: self.filled.index_mib,
            asked,
        })
    }

    /// Every client asks one question after the other.
    async fn round(&self, way: &Way, kind: Kind, number: u32) -> anyhow::Result<(f64, Quantiles)> {
        let (started, limit) = (Instant::now(), self.options.round());
        let asked = Arc::new(AtomicU64::new(0));
        let mut clients = JoinSet::new();
        for client in 0..self.options.clients {
            let seed = SEED ^ (u64::from(number) << 32) ^ u64::from(client + 1);
            let mut random = Random::new(seed);
            let questions = (0..QUESTIONS)
                .map(|_| Question::draw(kind, self.crowd, &mut random))
                .map(|question| self.ask(kind, question));
            let questions: Vec<Ask> = questions.collect();
            let (way, asked) = (way.clone(), asked.clone());
            clients.spawn(async move {
                let mut latencies = Latencies::new()?;
                for ask in questions.iter().cycle() {
                    if started.elapsed() >= limit {
                        break;
                    }
                    let began = Instant::now();
                    way.search(ask).await?;
                    latencies.record(began.elapsed());
                    asked.fetch_add(1, Ordering::Relaxed);
                }
                anyhow::Ok(latencies)
            });
        }
        let mut latencies = Latencies::new()?;
        while let Some(done) = clients.join_next().await {
            latencies.add(&done??)?;
        }
        let rate = rate(asked.load(Ordering::Relaxed), started.elapsed());
        Ok((rate, latencies.quantiles()))
    }

    fn ask(&self, kind: Kind, question: Question) -> Ask {
        let days = kind.days().and_then(|days| i64::try_from(days).ok());
        // Half a day later, so that whole days are on one side of it.
        let since = days.map(|days| self.filled.now - TimeDelta::hours(days * 24 - 12));
        Ask {
            workspace: self.crowd.workspace,
            person: self.crowd.people[question.person].id,
            vector: question.vector,
            since,
        }
    }

    /// Compares answers with the truth.
    async fn found(
        &self,
        way: &Way,
        kind: Kind,
        rounds: &[(f64, Quantiles)],
    ) -> anyhow::Result<Found> {
        let mut random = Random::new(SEED ^ 0xffff);
        let (mut hits, mut possible, mut complete) = (0, 0, 0);
        for _ in 0..self.options.compared() {
            let question = Question::draw(kind, self.crowd, &mut random);
            let (truth, whole) = (
                question.nearest(kind, self.crowd),
                question.complete(kind, self.crowd),
            );
            let answers = way.search(&self.ask(kind, question)).await?;
            possible += truth.len();
            hits += truth.iter().filter(|it| answers.contains(it)).count();
            complete += usize::from(answers.len() == whole);
        }
        let share = |count: usize, of: usize| {
            anyhow::Ok(per(u64::try_from(count)?, f64::from(u32::try_from(of)?)))
        };
        let of = |figure: fn(&(f64, Quantiles)) -> f64| Spread::of(rounds.iter().map(figure));
        Ok(Found {
            per_second: of(|it| it.0),
            p50_ms: of(|it| it.1.p50),
            p95_ms: of(|it| it.1.p95),
            p99_ms: of(|it| it.1.p99),
            recall: share(hits, possible)?,
            complete: share(complete, self.options.compared())?,
        })
    }
}

/// A question as it is sent.
struct Ask {
    workspace: Uuid,
    person: Uuid,
    vector: Vec<f32>,
    since: Option<DateTime<Utc>>,
}

impl Way {
    async fn search(&self, ask: &Ask) -> anyhow::Result<Vec<Uuid>> {
        match self {
            Self::Mosaic(storage) => {
                let scope = Scope {
                    workspace_id: ask.workspace.into(),
                    user_id: ask.person.into(),
                };
                let query = VectorQuery {
                    model: MODEL,
                    vector: &ask.vector,
                };
                let filter = MemoryFilter {
                    since: ask.since,
                    ..MemoryFilter::default()
                };
                let wanted = u32::try_from(WANTED)?;
                let hits = storage.search_memory_vectors(scope, query, &filter, wanted);
                Ok(hits.await?.iter().map(|hit| hit.chunk_id.uuid()).collect())
            }
            Self::Plain(pool) => Ok(sqlx::query_scalar(
                "SELECT chunk_id
                 FROM memory_vectors
                 WHERE dimension = 384 AND workspace_id = $1 AND user_id = $2 AND model = $3
                 ORDER BY embedding::vector(384) <=> $4::real[]::vector(384)
                 LIMIT $5",
            )
            .bind(ask.workspace)
            .bind(ask.person)
            .bind(MODEL)
            .bind(&ask.vector)
            .bind(i64::try_from(WANTED)?)
            .fetch_all(pool)
            .await?),
        }
    }
}
