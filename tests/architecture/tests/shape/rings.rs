//! Three rings, one direction: `libs/domain` ← other `libs` ← `services`, `clients`.

use mosaic_architecture_tests::{Findings, Member, Ring, Workspace};

/// The one exception among clients: `mosaic up` runs every service in its own process.
const RUNS_SERVICES: [&str; 4] = ["clients/cli", "tests/bench", "tests/e2e", "tests/isolation"];

/// Adds every dependency inside the workspace that `forbidden` names.
fn check(
    workspace: &Workspace,
    findings: &mut Findings,
    forbidden: impl Fn(&Member, &Member) -> bool,
) {
    for member in &workspace.members {
        let inside = member.dependencies.iter();
        for needed in inside.filter_map(|dependency| workspace.member(&dependency.name)) {
            if forbidden(member, needed) {
                let manifest = format!("{}/Cargo.toml", member.folder);
                findings.add(manifest, format_args!("depends on {}", needed.name));
            }
        }
    }
}

#[test]
fn libraries_know_neither_services_nor_clients() -> anyhow::Result<()> {
    let mut findings = Findings::new(
        "A library never depends on a service or a client",
        "move what both need into a library, or invert it with a trait that the service implements",
    );
    check(&Workspace::load()?, &mut findings, |member, needed| {
        member.ring == Ring::Lib && matches!(needed.ring, Ring::Service | Ring::Client)
    });
    findings.verdict()
}

#[test]
fn services_know_each_other_only_through_contracts() -> anyhow::Result<()> {
    let mut findings = Findings::new(
        "A service never depends on a service or a client, not even in its tests",
        "talk through libs/proto, move what is shared into a library, or write the test in tests/e2e",
    );
    check(&Workspace::load()?, &mut findings, |member, needed| {
        member.ring == Ring::Service && matches!(needed.ring, Ring::Service | Ring::Client)
    });
    findings.verdict()
}

#[test]
fn only_the_command_line_and_what_tests_the_whole_link_services() -> anyhow::Result<()> {
    let mut findings = Findings::new(
        "Only clients/cli, tests/e2e, tests/isolation and tests/bench depend on services",
        "use the public API through libs/client",
    );
    check(&Workspace::load()?, &mut findings, |member, needed| {
        needed.ring == Ring::Service && !RUNS_SERVICES.contains(&member.folder.as_str())
    });
    findings.verdict()
}

#[test]
fn the_domain_stands_on_nothing_of_ours() -> anyhow::Result<()> {
    let mut findings = Findings::new(
        "libs/domain is the innermost ring",
        "move what needs the other library out of the domain",
    );
    check(&Workspace::load()?, &mut findings, |member, _| {
        member.folder == "libs/domain"
    });
    findings.verdict()
}

#[test]
fn the_product_never_contains_what_is_made_for_tests() -> anyhow::Result<()> {
    let mut findings = Findings::new(
        "Only tests and xtask use libs/testkit",
        "make it a dev-dependency, or move what the product needs into a library of its own",
    );
    let workspace = Workspace::load()?;
    for member in &workspace.members {
        let product = !matches!(member.ring, Ring::Test | Ring::Xtask);
        let mut needs = member.dependencies.iter();
        if product && needs.any(|needed| needed.name == "mosaic-testkit" && !needed.dev) {
            let manifest = format!("{}/Cargo.toml", member.folder);
            findings.add(manifest, "depends on mosaic-testkit");
        }
    }
    findings.verdict()
}
