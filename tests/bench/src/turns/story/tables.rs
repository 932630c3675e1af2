//! The tables.

use std::collections::{BTreeMap, BTreeSet};

use super::{AtConcurrency, Story};
use crate::measure::{Quantiles, Spread};
use crate::report::{Table, spread};
use crate::turns::figures::Figures;
use crate::turns::footprint::{OUTSIDE, Snapshot};

pub(super) fn head(story: &Story) -> Vec<String> {
    let (machine, engines) = (&story.machine, &story.engines);
    let mut head = vec![
        format!(
            "{} · revision {}",
            story.date.format("%Y-%m-%d %H:%M UTC"),
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
        format!(
            "Postgres {} (fsync {}, synchronous_commit {}, full_page_writes {}, on {}), Valkey {} (appendonly {}, {})",
            engines.postgres,
            engines.fsync,
            engines.synchronous_commit,
            engines.full_page_writes,
            engines.file_system,
            engines.valkey,
            engines.appendonly,
            engines.appendfsync
        ),
        format!(
            "rounds {} × {} s, {} people, tokens checked, release builds, default settings, scripted model without delay",
            story.rounds, story.seconds, story.users
        ),
        "The load generator, the model and the engines share the cores with the services."
            .to_owned(),
        "Figures are medians of the rounds (lowest–highest).".to_owned(),
    ];
    if story.quick {
        head.push("A quick run: shows that the benchmark works. Not to be published.".to_owned());
    }
    head
}

pub(super) fn all(story: &Story) -> Vec<Table> {
    vec![
        turns(story),
        references(story),
        processor(story),
        engine_costs(story),
        unwatched(story),
        memory(story),
        starts(story),
    ]
}

fn concurrencies(story: &Story, title: &str) -> Table {
    let columns = story.turns.iter().map(|at| format!("c={}", at.concurrency));
    Table::new(title, columns)
}

/// A row with a figure of each concurrency.
fn row(table: &mut Table, story: &Story, name: &str, figure: impl Fn(&AtConcurrency) -> Spread) {
    table.row(name, story.turns.iter().map(|at| spread(figure(at))));
}

/// A quantile and its name.
type Kind = (&'static str, fn(Quantiles) -> f64);

fn latencies(table: &mut Table, story: &Story, name: &str, of: fn(&Figures) -> Quantiles) {
    let kinds: [Kind; 3] = [
        ("p50", |all| all.p50),
        ("p95", |all| all.p95),
        ("p99", |all| all.p99),
    ];
    for (kind, pick) in kinds {
        row(table, story, &format!("{name} {kind} ms"), |at| {
            at.spread(|round| pick(of(round)))
        });
    }
}

fn turns(story: &Story) -> Table {
    let mut table = concurrencies(story, "Turns");
    row(&mut table, story, "turns/s", |at| {
        at.spread(|round| round.per_second)
    });
    latencies(&mut table, story, "acknowledged", |round| {
        round.acknowledged_ms
    });
    latencies(&mut table, story, "first token", |round| {
        round.first_token_ms
    });
    latencies(&mut table, story, "whole turn", |round| round.whole_ms);
    table
}

fn references(story: &Story) -> Table {
    let mut table = concurrencies(story, "Limits of the machine, in the same rounds");
    row(&mut table, story, "Postgres commits/s", |at| {
        at.spread(|round| round.postgres_commits.per_second)
    });
    latencies(&mut table, story, "commit", |round| {
        round.postgres_commits.latency_ms
    });
    row(&mut table, story, "Valkey PING/s", |at| {
        at.spread(|round| round.valkey_pings.per_second)
    });
    row(&mut table, story, "PING p50 ms", |at| {
        at.spread(|round| round.valkey_pings.latency_ms.p50)
    });
    row(&mut table, story, "Valkey XADD/s", |at| {
        at.spread(|round| round.valkey_appends.per_second)
    });
    row(&mut table, story, "XADD p50 ms", |at| {
        at.spread(|round| round.valkey_appends.latency_ms.p50)
    });
    table
}

fn processor(story: &Story) -> Table {
    let mut table = concurrencies(story, "Processor time of a turn, ms");
    let rounds = story.turns.iter().flat_map(|at| &at.rounds);
    let parts: BTreeSet<_> = rounds
        .flat_map(|round| round.processor.turn_ms.keys().copied())
        .collect();
    for part in parts {
        row(&mut table, story, part, |at| at.processor(part));
    }
    row(&mut table, story, "all", |at| {
        at.spread(|round| round.processor.turn_ms.values().sum())
    });
    row(&mut table, story, "(cores busy elsewhere)", |at| {
        at.spread(|round| round.processor.cores_of_others)
    });
    row(&mut table, story, "(cores idle)", |at| {
        at.spread(|round| round.processor.cores_idle)
    });
    table
}

fn engine_costs(story: &Story) -> Table {
    let mut table = concurrencies(story, "What a turn costs the engines");
    let mut rows = |engine: &str, of: fn(&AtConcurrency) -> &BTreeMap<String, f64>| {
        let names: BTreeSet<_> = story.turns.iter().flat_map(|at| of(at).keys()).collect();
        for name in names {
            let cell = |at| format!("{:.2}", of(at).get(name).copied().unwrap_or_default());
            table.row(&format!("{engine}: {name}"), story.turns.iter().map(cell));
        }
    };
    rows("Postgres", |at| &at.per_turn.postgres);
    rows("Valkey", |at| &at.per_turn.valkey);
    table.row(
        "Valkey: µs in commands",
        story
            .turns
            .iter()
            .map(|at| format!("{:.0}", at.per_turn.valkey_micros)),
    );
    table
}

fn unwatched(story: &Story) -> Table {
    let unwatched = &story.unwatched;
    let title = format!("{} messages at once, nobody watching", unwatched.messages);
    let mut table = Table::new(&title, ["c=100".to_owned()]);
    let mut row = |name: &str, figures: &[f64]| {
        table.row(name, [spread(Spread::of(figures.iter().copied()))]);
    };
    row("acknowledged/s", &unwatched.accepted_per_second);
    row("turns/s", &unwatched.answered_per_second);
    table
}

fn memory(story: &Story) -> Table {
    let idle = story.idle_seconds;
    let columns = [
        format!("idle {idle} s"),
        "after the load".to_owned(),
        format!("{idle} s later"),
    ];
    let mut table = Table::new("Memory, RSS / PSS in MiB", columns);
    let moments: [&Snapshot; 3] = [
        &story.memory_before_mib,
        &story.memory_after_mib,
        &story.memory_rested_mib,
    ];
    for part in moments[0].keys().filter(|part| !OUTSIDE.contains(part)) {
        let cells = moments.map(|moment| {
            let memory = moment.get(part).copied().unwrap_or_default();
            format!("{:.1} / {:.1}", memory.rss, memory.pss)
        });
        table.row(part, cells);
    }
    table
}

fn starts(story: &Story) -> Table {
    let mut table = Table::new(
        "Start with the engines up, exec to ready (migrate: to its end)",
        ["ms".to_owned()],
    );
    for (service, took) in &story.start_ms {
        table.row(service, [spread(*took)]);
    }
    table
}
