//! The systems that are measured, and the programs that stand for them.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;

use crate::system::target;

pub(super) const MOSAIC: &str = "mosaic";
/// The same, but jobs are taken, worked on and acknowledged by the batch.
pub(super) const MOSAIC_BATCHES: &str = "mosaic-batch";
/// Streams without a queue: take with one command, acknowledge with another.
pub(super) const RAW: &str = "raw";
/// The same, and what is done is removed, without which a queue only ever grows.
pub(super) const RAW_REMOVING: &str = "raw-xdel";

/// The programs of other people, where the build of the benchmark puts them.
const RUST_PEERS: &str = "bench-peers/release/mosaic-bench-peers";
const NODE_PEER: &str = "peers/node/peer.mjs";

/// A system.
#[derive(Debug, Clone, Serialize)]
pub(super) struct System {
    pub(super) name: &'static str,
    pub(super) version: String,
    /// Only shows what Valkey can do; it forgets what its worker did not finish.
    pub(super) is_reference: bool,
    /// Differs from another one only in how it drains.
    pub(super) only_drains: bool,
    /// Jobs go through the record, so that it outlives an emptied Valkey.
    pub(super) has_record: bool,
    #[serde(skip)]
    pub(super) program: PathBuf,
    #[serde(skip)]
    pub(super) arguments: Vec<PathBuf>,
}

impl System {
    /// Somebody else's, to compare with.
    pub(super) fn is_peer(name: &str) -> bool {
        ![MOSAIC, MOSAIC_BATCHES, RAW, RAW_REMOVING].contains(&name)
    }
}

/// The systems of these names; all that can be run if there are none.
pub(super) fn all(names: &[String]) -> anyhow::Result<Vec<System>> {
    let known = known()?;
    let missing = |name: &String| known.iter().all(|system| system.name != *name);
    if let Some(name) = names.iter().find(|name| missing(name)) {
        let names: Vec<_> = known.iter().map(|system| system.name).collect();
        anyhow::bail!("{name} cannot be run here; these can: {}", names.join(", "));
    }
    let wanted = |system: &System| names.is_empty() || names.iter().any(|n| n == system.name);
    Ok(known.into_iter().filter(wanted).collect())
}

fn known() -> anyhow::Result<Vec<System>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let itself = |name, is_reference| {
        anyhow::Ok(System {
            name,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            is_reference,
            only_drains: [MOSAIC_BATCHES, RAW_REMOVING].contains(&name),
            has_record: name == MOSAIC,
            program: std::env::current_exe()?,
            arguments: vec!["peer".into()],
        })
    };
    let peer = |name, version, program: PathBuf, arguments| System {
        name,
        version,
        is_reference: false,
        only_drains: false,
        has_record: false,
        program,
        arguments,
    };
    let mut systems = vec![
        itself(MOSAIC, false)?,
        itself(MOSAIC_BATCHES, false)?,
        itself(RAW, true)?,
        itself(RAW_REMOVING, true)?,
    ];
    let rust = target()?.join(RUST_PEERS);
    if rust.exists() {
        let lock = read(&here.join("peers/rust/Cargo.lock"))?;
        for name in ["bullmq-official", "apalis-redis"] {
            systems.push(peer(name, locked(&lock, name), rust.clone(), Vec::new()));
        }
    }
    if here.join("peers/node/node_modules/bullmq").exists() {
        let lock: serde_json::Value =
            serde_json::from_str(&read(&here.join("peers/node/package-lock.json"))?)?;
        let version = &lock["packages"]["node_modules/bullmq"]["version"];
        let version = version.as_str().unwrap_or_default().to_owned();
        let arguments = vec![here.join(NODE_PEER)];
        systems.push(peer("bullmq", version, "node".into(), arguments));
    }
    Ok(systems)
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| path.display().to_string())
}

/// The version of a package in a `Cargo.lock`.
fn locked(lock: &str, name: &str) -> String {
    let entry = format!("name = \"{name}\"\nversion = \"");
    let version = lock
        .split_once(&entry)
        .and_then(|(_, rest)| rest.split_once('"'));
    version.map_or_else(|| "unknown".to_owned(), |(version, _)| version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_a_peer_is_read_from_its_lock_file() {
        let lock = "[[package]]\nname = \"apalis\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"apalis-redis\"\nversion = \"1.2.3\"\n";
        assert_eq!(locked(lock, "apalis-redis"), "1.2.3");
        assert_eq!(locked(lock, "bullmq-official"), "unknown");
    }
}
