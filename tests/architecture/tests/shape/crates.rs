//! Which library may speak to the outside, by the crates it depends on.

use mosaic_architecture_tests::{Findings, Workspace};

/// Crates that one place alone may use, and those places. Tests look at what the product's interface does not show, and
/// benches measure the engines themselves, so `libs/testkit` and `tests/` may too.
const HOMES: [(&str, &[&str]); 4] = [
    (
        "sqlx",
        &["libs/storage", "libs/testkit", "tests/bench", "tests/e2e"],
    ),
    ("tokio-postgres", &["tests/bench"]),
    (
        "redis",
        &["libs/bus", "libs/testkit", "tests/bench", "tests/e2e"],
    ),
    ("figment", &["libs/config"]),
];

/// Libraries that are plain functions of what they are given.
const PURE: [&str; 2] = ["libs/domain", "libs/agent"];

/// Crates that reach outside of the process. (`tokio` is looked at in the sources: its timers and locks are no I/O.)
const REACHING_OUT: [&str; 14] = [
    "axum",
    "hyper",
    "hyper-util",
    "mosaic-bus",
    "mosaic-config",
    "mosaic-embedded",
    "mosaic-storage",
    "opentelemetry-otlp",
    "redis",
    "reqwest",
    "socket2",
    "sqlx",
    "tokio-tungstenite",
    "tonic",
];

#[test]
fn sql_lives_in_storage_and_valkey_commands_in_the_bus() -> anyhow::Result<()> {
    let mut findings = Findings::new(
        "Each engine has one home: sqlx in libs/storage, redis in libs/bus, figment in libs/config",
        "add what you need to that library's interface and call it",
    );
    for member in Workspace::load()?.members {
        for dependency in &member.dependencies {
            let home = HOMES.iter().find(|(name, _)| *name == dependency.name);
            if home.is_some_and(|(_, homes)| !homes.contains(&member.folder.as_str())) {
                let manifest = format!("{}/Cargo.toml", member.folder);
                findings.add(manifest, format_args!("depends on {}", dependency.name));
            }
        }
    }
    findings.verdict()
}

#[test]
fn the_domain_and_the_agent_loop_do_no_io() -> anyhow::Result<()> {
    let mut findings = Findings::new(
        "libs/domain and libs/agent do no I/O, so that they can be tested as plain functions",
        "take the outside as a trait or a value, and implement it in the service",
    );
    for member in Workspace::load()?.members {
        if !PURE.contains(&member.folder.as_str()) {
            continue;
        }
        let reaching = |name: &str| REACHING_OUT.contains(&name);
        let product = member.dependencies.iter().filter(|one| !one.dev);
        for dependency in product.filter(|one| reaching(&one.name)) {
            let manifest = format!("{}/Cargo.toml", member.folder);
            findings.add(manifest, format_args!("depends on {}", dependency.name));
        }
    }
    findings.verdict()
}
