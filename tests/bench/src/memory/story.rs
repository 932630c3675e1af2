//! The report of the benchmark, as JSON and as tables.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::embedding::Embedding;
use super::options::Options;
use super::search::{Asked, AtSize, Found};
use crate::report::{Report, Table, spread};
use crate::system::Machine;

/// The report.
#[derive(Debug, Serialize)]
pub(super) struct Story {
    date: DateTime<Utc>,
    /// A quick run shows that the benchmark works, and nothing else.
    quick: bool,
    machine: Machine,
    postgres: String,
    clients: u32,
    seconds: u64,
    rounds: u32,
    embedding: Option<Embedding>,
    sizes: Vec<AtSize>,
}

impl Story {
    pub(super) fn new(
        options: &Options,
        machine: Machine,
        postgres: String,
        embedding: Option<Embedding>,
        sizes: Vec<AtSize>,
    ) -> Self {
        Self {
            #[expect(clippy::disallowed_methods, reason = "the date of a report")]
            date: Utc::now(),
            quick: options.quick,
            machine,
            postgres,
            clients: options.clients,
            seconds: options.round().as_secs(),
            rounds: options.rounds(),
            embedding,
            sizes,
        }
    }
}

impl Report for Story {
    fn head(&self) -> Vec<String> {
        let machine = &self.machine;
        let mut head = vec![
            format!(
                "{} · revision {}",
                self.date.format("%Y-%m-%d %H:%M UTC"),
                machine.revision
            ),
            format!(
                "{} cores {}, {} GiB, Linux {}; load before the run {}",
                machine.cores,
                machine.processor,
                machine.memory_gib,
                machine.kernel,
                machine.load_before
            ),
            self.postgres.clone(),
            format!(
                "rounds {} × {} s, {} clients, the nearest 10 of 384 dimensions, filtered to one person",
                self.rounds, self.seconds, self.clients
            ),
            "Vectors are random, in 128 topics with 32 directions each; a quarter of the questions are of any topic."
                .to_owned(),
            "`plain` is one query by the same index, planned for its values, nothing else set. Clients share the cores with Postgres."
                .to_owned(),
            "Figures are medians of the rounds (lowest–highest); recall is of the true nearest 10.".to_owned(),
        ];
        if self.quick {
            head.push(
                "A quick run: shows that the benchmark works. Not to be published.".to_owned(),
            );
        }
        head
    }

    fn tables(&self) -> Vec<Table> {
        let embedding = self.embedding.as_ref().map(embedding);
        let sizes = self.sizes.iter().map(searches);
        embedding.into_iter().chain(sizes).collect()
    }

    fn verdict(&self) -> anyhow::Result<()> {
        for size in &self.sizes {
            for Asked { kind, mosaic, .. } in &size.asked {
                anyhow::ensure!(
                    mosaic.complete >= 1.0,
                    "{} vectors, {kind}: only {:.3} of the questions got a whole answer",
                    size.vectors,
                    mosaic.complete
                );
            }
        }
        Ok(())
    }
}

fn embedding(embedding: &Embedding) -> Table {
    let title = format!(
        "{} (loaded in {:.0} ms)",
        embedding.model, embedding.load_ms
    );
    let columns = ["texts/s", "one alone p50 ms", "p99 ms"].map(str::to_owned);
    let mut table = Table::new(&title, columns);
    for texts in &embedding.texts {
        let cells = [
            spread(texts.per_second),
            format!("{:.1}", texts.alone_ms.p50),
            format!("{:.1}", texts.alone_ms.p99),
        ];
        table.row(texts.name, cells);
    }
    table
}

fn searches(size: &AtSize) -> Table {
    let title = format!(
        "{} vectors, {} people, the largest with {}; index {} MiB in {:.0} s",
        size.vectors, size.people, size.largest, size.index_mib, size.index_s
    );
    let columns = [
        "searches/s",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "recall@10",
        "complete",
    ];
    let mut table = Table::new(&title, columns.map(str::to_owned));
    for asked in &size.asked {
        table.row(asked.kind, cells(&asked.mosaic));
        if let Some(plain) = &asked.plain {
            table.row("  plain", cells(plain));
        }
    }
    table
}

fn cells(found: &Found) -> [String; 6] {
    [
        spread(found.per_second),
        spread(found.p50_ms),
        spread(found.p95_ms),
        spread(found.p99_ms),
        format!("{:.3}", found.recall),
        format!("{:.3}", found.complete),
    ]
}
