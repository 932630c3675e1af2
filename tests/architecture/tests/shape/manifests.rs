//! The manifests: one table of dependencies, one block of lints.

use mosaic_architecture_tests::{Findings, Workspace};
use toml::{Table, Value};

fn manifests() -> anyhow::Result<Vec<(String, Table)>> {
    let workspace = Workspace::load()?;
    workspace
        .members
        .iter()
        .map(|member| {
            let path = format!("{}/Cargo.toml", member.folder);
            let text = std::fs::read_to_string(workspace.root.join(&path))?;
            Ok((path, text.parse()?))
        })
        .collect()
}

fn inherits(value: Option<&Value>) -> bool {
    let flag = value.and_then(|value| value.get("workspace"));
    flag.and_then(Value::as_bool) == Some(true)
}

#[test]
fn every_package_inherits_the_lints() -> anyhow::Result<()> {
    let mut findings = Findings::new(
        "The lints of the root manifest hold everywhere",
        "write `[lints]` with `workspace = true`",
    );
    for (path, manifest) in manifests()? {
        if !inherits(manifest.get("lints")) {
            findings.add(path, "does not inherit the workspace's lints");
        }
    }
    findings.verdict()
}

#[test]
fn every_dependency_is_declared_in_the_root_manifest() -> anyhow::Result<()> {
    const TABLES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];
    let mut findings = Findings::new(
        "Dependencies have one table, [workspace.dependencies] in the root manifest",
        "declare it there and write `name.workspace = true`",
    );
    for (path, manifest) in manifests()? {
        let targets = manifest.get("target").and_then(Value::as_table);
        let targets = targets.into_iter().flat_map(Table::values);
        let places = targets.filter_map(Value::as_table).chain([&manifest]);
        let tables = places.flat_map(|place| TABLES.iter().filter_map(|name| place.get(*name)));
        let own = manifest
            .get("package")
            .and_then(|package| package.get("name"));
        for (name, value) in tables.filter_map(Value::as_table).flatten() {
            // A package that names itself asks for one of its own features in its tests.
            let itself = own.and_then(Value::as_str) == Some(name);
            if !itself && !inherits(Some(value)) {
                findings.add(&path, format_args!("declares {name} itself"));
            }
        }
    }
    findings.verdict()
}
