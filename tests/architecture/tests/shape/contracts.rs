//! The contracts in `proto/`.

use mosaic_architecture_tests::{Findings, SourceFile, Workspace, files_under};

fn package(file: &SourceFile) -> Option<&str> {
    let mut lines = file.code().map(|(_, line)| line.trim());
    lines.find_map(|line| line.strip_prefix("package ")?.strip_suffix(';'))
}

fn is_version(word: &str) -> bool {
    let number = word.strip_prefix('v').unwrap_or_default();
    number.parse::<u32>().is_ok_and(|number| number > 0)
}

#[test]
fn every_contract_is_versioned_and_stands_where_its_package_says() -> anyhow::Result<()> {
    let mut findings = Findings::new(
        "A contract is mosaic.<area>.v<n>, in proto/mosaic/<area>/v<n>/",
        "name the package and its folder like that; what breaks an old client needs the next version",
    );
    let files = files_under(&Workspace::load()?.root, "proto", ".proto")?;
    anyhow::ensure!(!files.is_empty(), "no contracts found in proto/");
    for file in &files {
        let Some(package) = package(file) else {
            findings.add(&file.path, "has no package");
            continue;
        };
        let words: Vec<_> = package.split('.').collect();
        if !matches!(words[..], ["mosaic", _, version] if is_version(version)) {
            findings.add(&file.path, format_args!("has the package {package}"));
        }
        let folder = format!("proto/{}/", words.join("/"));
        if file.path.rsplit_once('/').map(|(folder, _)| folder)
            != Some(folder.trim_end_matches('/'))
        {
            findings.add(&file.path, format_args!("belongs into {folder}"));
        }
    }
    findings.verdict()
}

#[test]
fn a_contract_file_has_at_most_one_service() -> anyhow::Result<()> {
    let mut findings = Findings::new(
        "One service per file",
        "give the second service a file of its own in the same package",
    );
    for file in files_under(&Workspace::load()?.root, "proto", ".proto")? {
        let services = file
            .code()
            .filter(|(_, line)| line.starts_with("service "))
            .count();
        if services > 1 {
            findings.add(&file.path, format_args!("has {services} services"));
        }
    }
    findings.verdict()
}
