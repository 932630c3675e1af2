//! Rules that are read off the sources.

use mosaic_architecture_tests::{Findings, SourceFile, Workspace, files_under};

/// The longest a file may be. Most stay under half of it.
const LONGEST_FILE: usize = 500;
/// The longest a program's `main.rs` may be.
const LONGEST_MAIN: usize = 40;

fn rust_files(folders: &[&str]) -> anyhow::Result<Vec<SourceFile>> {
    let root = Workspace::load()?.root;
    let mut files = Vec::new();
    for folder in folders {
        files.extend(files_under(&root, folder, ".rs")?);
    }
    anyhow::ensure!(!files.is_empty(), "no sources found in {folders:?}");
    Ok(files)
}

fn product() -> anyhow::Result<Vec<SourceFile>> {
    rust_files(&["libs", "services", "clients"])
}

/// Reports every line of code that holds one of the words.
fn refuse(findings: &mut Findings, file: &SourceFile, words: &[&str]) {
    for (number, line) in file.code() {
        if let Some(word) = words.iter().find(|word| line.contains(**word)) {
            let place = format!("{}:{number}", file.path);
            findings.add(place, format_args!("uses {word}"));
        }
    }
}

#[test]
fn only_libs_config_reads_the_environment() -> anyhow::Result<()> {
    const READING: [&str; 5] = [
        "env::var(",
        "env::var_os(",
        "env::vars(",
        "env::vars_os(",
        "env::set_var(",
    ];
    let mut findings = Findings::new(
        "Only libs/config reads the environment of the process",
        "make it a setting in libs/config/mosaic.toml, or ask mosaic_config::environment",
    );
    for file in product()? {
        let generator = file.path == "libs/proto/src/bin/generate.rs";
        let exempt = file.path.starts_with("libs/config/")
            // The test run passes its engines to the tests in variables.
            || file.path.starts_with("libs/testkit/")
            || file.path.ends_with("/build.rs")
            || generator
            || file.is_test();
        if !exempt {
            refuse(&mut findings, &file, &READING);
        }
    }
    findings.verdict()
}

#[test]
fn the_domain_and_the_agent_loop_open_nothing_and_read_no_clock() -> anyhow::Result<()> {
    const OUTSIDE: [&str; 15] = [
        "tokio::net",
        "tokio::fs",
        "tokio::process",
        "tokio::io",
        "tokio::signal",
        "std::net",
        "std::fs",
        "std::process",
        "std::io::stdin",
        "Utc::now",
        "Local::now",
        "SystemTime::now",
        "Instant::now",
        "now_v7",
        "rand::",
    ];
    let mut findings = Findings::new(
        "libs/domain and libs/agent do no I/O and read no clock; time, ids and randomness arrive as parameters",
        "take the value as a parameter or the source as a trait, and implement it in the service",
    );
    for file in rust_files(&["libs/domain", "libs/agent"])? {
        if !file.is_test() {
            refuse(&mut findings, &file, &OUTSIDE);
        }
    }
    findings.verdict()
}

#[test]
fn nothing_is_left_to_be_written() -> anyhow::Result<()> {
    // In two parts, so that this file does not find itself.
    const UNWRITTEN: [&str; 2] = [concat!("todo", "!("), concat!("unimplemented", "!(")];
    let mut findings = Findings::new(
        "No code pretends to be there",
        "write it, or leave the function out until somebody needs it",
    );
    for file in rust_files(&["libs", "services", "clients", "xtask", "tests"])? {
        refuse(&mut findings, &file, &UNWRITTEN);
    }
    findings.verdict()
}

#[test]
fn modules_are_named_after_what_they_hold() -> anyhow::Result<()> {
    let mut findings = Findings::new(
        "A module is foo.rs, its children are in foo/",
        "move foo/mod.rs to foo.rs",
    );
    for file in rust_files(&["libs", "services", "clients", "xtask", "tests"])? {
        if file.path.ends_with("/mod.rs") {
            findings.add(&file.path, "is a mod.rs");
        }
    }
    findings.verdict()
}

#[test]
fn files_stay_short_enough_to_be_read_at_once() -> anyhow::Result<()> {
    let mut findings = Findings::new(
        "A source file has at most 500 lines, and better half of that",
        "split it by noun: foo.rs and foo/part.rs",
    );
    let written = product()?.into_iter();
    for file in written.filter(|file| file.path.contains("/src/")) {
        let lines = file.text.lines().count();
        if lines > LONGEST_FILE {
            findings.add(&file.path, format_args!("has {lines} lines"));
        }
    }
    findings.verdict()
}

#[test]
fn programs_hand_over_to_the_library_beside_them() -> anyhow::Result<()> {
    let mut findings = Findings::new(
        "A service's main.rs has at most 40 lines",
        "move what it does into the library, where tests and `mosaic up` reach it",
    );
    for file in rust_files(&["services"])? {
        let lines = file.text.lines().count();
        if file.path.ends_with("/src/main.rs") && lines > LONGEST_MAIN {
            findings.add(&file.path, format_args!("has {lines} lines"));
        }
    }
    findings.verdict()
}
