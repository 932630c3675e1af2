//! Sealing everything anew with the current key, so that a previous one can be thrown away.
//!
//! Every sealed value is opened, also those that are sealed with the current key already: what does not open is found while
//! the backup that still has it is young. A value that nobody can open is named and passed over. It can be interrupted and
//! run again, and run beside itself and the services: a value is exchanged only for the one that was read.

use mosaic_config::SecretsConfig;
use mosaic_domain::SealedColumn;
use mosaic_identity::Sealer;
use mosaic_storage::{SealedValue, Storage};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use uuid::Uuid;

use crate::Error;

/// Values that are read at once.
const BATCH: i64 = 500;
/// How often a value is tried that somebody else changes at the same moment.
const ATTEMPTS: usize = 3;

/// What lies sealed in the record, column by column, as `reseal --json` prints it.
#[derive(Debug, Default, Serialize)]
pub struct ResealReport {
    /// Whether everything opens and is sealed with the current key.
    pub done: bool,
    /// The columns.
    pub columns: Vec<ResealedColumn>,
}

/// One column.
#[derive(Debug, Serialize)]
pub struct ResealedColumn {
    /// `table.column`.
    pub column: &'static str,
    /// Values that were sealed with the current key before.
    pub current: u64,
    /// Values that were sealed anew.
    pub resealed: u64,
    /// Values that are sealed with a previous key still.
    pub previous: u64,
    /// Values that no key at hand opens.
    pub unopened: Vec<Unopened>,
}

/// A value that no key at hand opens.
#[derive(Debug, Serialize)]
pub struct Unopened {
    /// Its row.
    pub row: Uuid,
    /// Why not.
    pub reason: String,
}

/// What became of one value.
enum Outcome {
    Current,
    Resealed,
    Previous,
    Unopened(String),
    Gone,
}

impl ResealedColumn {
    const fn of(column: SealedColumn) -> Self {
        Self {
            column: column.name(),
            current: 0,
            resealed: 0,
            previous: 0,
            unopened: Vec::new(),
        }
    }

    fn count(&mut self, row: Uuid, outcome: Outcome) {
        match outcome {
            Outcome::Current => self.current += 1,
            Outcome::Resealed => self.resealed += 1,
            Outcome::Previous => self.previous += 1,
            Outcome::Unopened(reason) => self.unopened.push(Unopened { row, reason }),
            Outcome::Gone => {}
        }
    }
}

/// The keys as configured.
pub(crate) fn sealer(config: &SecretsConfig) -> Result<Sealer, Error> {
    let key = config.key.as_ref().ok_or(Error::NoKey)?;
    Sealer::new(key, &config.previous_keys).map_err(Error::Key)
}

/// Seals everything anew that is not sealed with the current key; with `check`, only looks.
pub async fn reseal(
    storage: &Storage,
    sealer: &Sealer,
    check: bool,
) -> Result<ResealReport, Error> {
    let mut report = ResealReport::default();
    for column in SealedColumn::ALL {
        let mut counts = ResealedColumn::of(column);
        let mut after = Uuid::nil();
        loop {
            let batch = storage.sealed_values(column, after, BATCH).await?;
            let Some(last) = batch.last() else { break };
            after = last.row;
            for value in batch {
                let row = value.row;
                let outcome = treat(storage, sealer, column, value, check).await?;
                counts.count(row, outcome);
            }
        }
        report.columns.push(counts);
    }
    let clean = |one: &ResealedColumn| one.previous == 0 && one.unopened.is_empty();
    report.done = report.columns.iter().all(clean);
    Ok(report)
}

async fn treat(
    storage: &Storage,
    sealer: &Sealer,
    column: SealedColumn,
    mut value: SealedValue,
    check: bool,
) -> Result<Outcome, Error> {
    for _ in 0..ATTEMPTS {
        let plain = match sealer.open(column, value.row, &value.sealed) {
            Ok(plain) => plain,
            Err(error) => return Ok(Outcome::Unopened(error.to_string())),
        };
        if sealer.is_current(&value.sealed) {
            return Ok(Outcome::Current);
        }
        if check {
            return Ok(Outcome::Previous);
        }
        let new = sealer.seal(column, value.row, plain.expose_secret());
        if storage.exchange_sealed(column, &value, &new).await? {
            return Ok(Outcome::Resealed);
        }
        match storage.sealed_value(column, value.row).await? {
            Some(sealed) => value.sealed = sealed,
            None => return Ok(Outcome::Gone),
        }
    }
    Ok(Outcome::Previous)
}
