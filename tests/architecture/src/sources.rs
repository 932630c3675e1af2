//! The files of the repository.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

/// Folders that hold nothing written by people.
const SKIPPED: [&str; 3] = ["target", "node_modules", "gen"];

/// A text file of the repository.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Relative to the root, with `/`.
    pub path: String,
    /// What is in it.
    pub text: String,
}

impl SourceFile {
    /// Whether it belongs to tests rather than to the product.
    #[must_use]
    pub fn is_test(&self) -> bool {
        let mut parts = self.path.split('/');
        parts.any(|part| matches!(part, "tests" | "tests.rs" | "benches" | "examples"))
    }

    /// The numbers, from 1, and code of the lines that hold more than a comment.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().map(code_line).enumerate();
        lines
            .filter(|(_, line)| !line.trim().is_empty())
            .map(|(index, line)| (index + 1, line))
    }
}

/// A line without its comment. A `//` inside a string ends it too early, which no rule minds.
#[must_use]
pub fn code_line(line: &str) -> &str {
    line.split_once("//").map_or(line, |(code, _)| code)
}

/// The files under `folder` whose names end like this, in order. Generated files, build output and hidden folders are
/// left out; a folder that is not there holds none.
pub fn files_under(root: &Path, folder: &str, ending: &str) -> anyhow::Result<Vec<SourceFile>> {
    let mut found = Vec::new();
    collect(root, &root.join(folder), ending, &mut found)?;
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

fn collect(
    root: &Path,
    folder: &Path,
    ending: &str,
    found: &mut Vec<SourceFile>,
) -> anyhow::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if entry.file_type()?.is_dir() {
            if !name.starts_with('.') && !SKIPPED.contains(&name.as_ref()) {
                collect(root, &path, ending, found)?;
            }
        } else if name.ends_with(ending) {
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            let path = path
                .strip_prefix(root)?
                .to_string_lossy()
                .replace('\\', "/");
            found.push(SourceFile { path, text });
        }
    }
    Ok(())
}
