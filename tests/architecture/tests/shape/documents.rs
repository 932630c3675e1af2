//! The documents: what they point to is there.

use std::path::Path;

use mosaic_architecture_tests::{Findings, SourceFile, Workspace, files_under};

/// The targets of the links of a Markdown text, with their line numbers. Code blocks are left out.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut in_code = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        let targets = line.split("](").skip(1);
        let targets = targets.filter_map(|rest| rest.split_once(')'));
        found.extend(targets.map(|(target, _)| (index + 1, target)));
    }
    found
}

/// The file a link points to, if it is one of ours.
fn file_part(target: &str) -> Option<&str> {
    let target = target.split_whitespace().next()?;
    let elsewhere = target.contains("://") || target.starts_with("mailto:");
    let path = target.split('#').next().unwrap_or_default();
    (!elsewhere && !path.is_empty()).then_some(path)
}

fn documents(root: &Path) -> anyhow::Result<Vec<SourceFile>> {
    let mut documents = Vec::new();
    for folder in ["docs", "migrations", "libs", "services", "clients", "tests"] {
        documents.extend(files_under(root, folder, ".md")?);
    }
    for entry in std::fs::read_dir(root)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "md") {
            let text = std::fs::read_to_string(&path)?;
            let path = path.strip_prefix(root)?.to_string_lossy().into_owned();
            documents.push(SourceFile { path, text });
        }
    }
    Ok(documents)
}

#[test]
fn links_between_documents_lead_somewhere() -> anyhow::Result<()> {
    let mut findings = Findings::new(
        "A link in a document leads to a file of the repository",
        "correct the link, or write what it promises",
    );
    let root = Workspace::load()?.root;
    for document in documents(&root)? {
        let folder = document
            .path
            .rsplit_once('/')
            .map_or("", |(folder, _)| folder);
        for (number, target) in links(&document.text) {
            let Some(path) = file_part(target) else {
                continue;
            };
            let there = match path.strip_prefix('/') {
                Some(absolute) => root.join(absolute),
                None => root.join(folder).join(path),
            };
            if !there.exists() {
                let place = format!("{}:{number}", document.path);
                findings.add(place, format_args!("points to {path}, which is not there"));
            }
        }
    }
    findings.verdict()
}

#[test]
fn links_are_found_outside_of_code_blocks_only() {
    let text = "see [a](b.md#c) and [d](https://e)\n```\n[f](g)\n```\n[h](#i)";
    let files: Vec<_> = links(text)
        .into_iter()
        .filter_map(|(number, target)| Some((number, file_part(target)?)))
        .collect();
    assert_eq!(files, [(1, "b.md")]);
}
