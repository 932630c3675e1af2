//! Who asks the record on nobody's behalf, and for what.

use std::collections::BTreeSet;

use mosaic_architecture_tests::{Findings, Workspace, files_under};

/// The repositories that use each purpose. A new pair is a new hole in the second wall: think before you add it here.
const USED: [(&str, &[&str]); 17] = [
    ("Archive", &["event_log"]),
    (
        "Channels",
        &[
            "channel/chat",
            "channel/delivery",
            "channel/inbox",
            "channel/post",
            "channel/update",
        ],
    ),
    (
        "Credentials",
        &[
            "account",
            "account/password",
            "credential",
            "invitation",
            "invitation/accept",
            "login_request",
            "oidc/login",
            "oidc/refresh",
            "oidc/sign_in",
            "password_link",
            "session",
            "session/begin",
            "session/end",
            "token",
        ],
    ),
    ("Fleet", &["instance", "worker"]),
    (
        "Indexer",
        &["memory/capture", "memory/embed", "memory/progress"],
    ),
    (
        "Installation",
        &[
            "password_link",
            "user",
            "user/create",
            "user/delete",
            "user/state",
            "workspace",
            "workspace/delete",
        ],
    ),
    ("Migrate", &["schema", "schema/role"]),
    (
        "Queues",
        &["outbox/delivered", "outbox/queue", "queue_pause"],
    ),
    ("Relay", &["outbox/due", "outbox/upkeep"]),
    ("Schedules", &["leader", "schedule"]),
    (
        "Schema",
        &[
            "leader",
            "pool",
            "schema",
            "schema/extension",
            "schema/role",
        ],
    ),
    ("Sealing", &["sealed"]),
    ("Setup", &["bootstrap"]),
    (
        "Summarizer",
        &[
            "summary",
            "summary/draft",
            "summary/material",
            "summary/request",
        ],
    ),
    ("Watch", &["log", "watch"]),
    ("Watchdog", &["watchdog", "watchdog/end", "watchdog/speak"]),
    (
        "Worker",
        &["checkpoint", "claim", "control/halt", "finish", "reclaim"],
    ),
];

/// The purposes that a line names.
fn named(line: &str) -> impl Iterator<Item = &str> {
    line.split("Purpose::").skip(1).map(|rest| {
        let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric());
        &rest[..end.unwrap_or(rest.len())]
    })
}

#[test]
fn the_record_is_asked_on_nobodys_behalf_only_where_that_is_listed() -> anyhow::Result<()> {
    let mut findings = Findings::new(
        "A repository that asks on nobody's behalf is listed with its purpose",
        "take a Scope or a workspace; if there is none, list the file in tests/architecture/tests/shape/purposes.rs",
    );
    let root = Workspace::load()?.root;
    let folder = "libs/storage/src/";
    let mut met = BTreeSet::new();
    for file in files_under(&root, folder.trim_end_matches('/'), ".rs")? {
        let name = file.path.trim_start_matches(folder).trim_end_matches(".rs");
        if matches!(name, "pool/purpose" | "pool/begin" | "lib") {
            continue;
        }
        for (number, line) in file.code() {
            for purpose in named(line) {
                let listed = USED
                    .iter()
                    .any(|(one, files)| *one == purpose && files.contains(&name));
                if !listed {
                    let place = format!("{}:{number}", file.path);
                    findings.add(place, format_args!("Purpose::{purpose}"));
                }
                met.insert((purpose.to_owned(), name.to_owned()));
            }
        }
    }
    for (purpose, files) in USED {
        for name in files {
            if !met.contains(&(purpose.to_owned(), (*name).to_owned())) {
                let told = format_args!("Purpose::{purpose} is listed and not used");
                findings.add(format!("{folder}{name}.rs"), told);
            }
        }
    }
    findings.verdict()
}
