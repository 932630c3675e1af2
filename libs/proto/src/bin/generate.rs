//! Generates `libs/proto/src/gen` from `proto/`, with no system protoc. `--check` compares instead of writing.
#![expect(
    clippy::print_stderr,
    reason = "a command-line program talks to its caller"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use prost::Message as _;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;
type Files = BTreeMap<String, Vec<u8>>;

fn main() -> ExitCode {
    let check = std::env::args().any(|arg| arg == "--check");
    match run(check) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("generate: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(check: bool) -> Outcome<bool> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fresh = generate(&here.join("../../proto"))?;
    let target = here.join("src/gen");
    if !check {
        return write(&target, &fresh).map(|()| true);
    }
    let stale = differing(&read(&target)?, &fresh);
    for name in &stale {
        eprintln!(
            "libs/proto/src/gen/{name} is stale; run `cargo xtask gen proto` and commit the result"
        );
    }
    Ok(stale.is_empty())
}

/// Compiles every contract and returns the generated files by name.
fn generate(root: &Path) -> Outcome<Files> {
    let descriptors = protox::compile(protos(root)?, [root])?;
    let bytes = descriptors.encode_to_vec();
    let out = std::env::temp_dir().join(format!("mosaic-proto-{}", std::process::id()));
    std::fs::create_dir_all(&out)?;
    tonic_prost_build::configure()
        .out_dir(&out)
        .compile_well_known_types(true)
        .extern_path(".google.protobuf", "::pbjson_types")
        .emit_rerun_if_changed(false)
        .compile_fds(descriptors)?;
    pbjson_build::Builder::new()
        .register_descriptors(&bytes)?
        .extern_path(".google.protobuf", "::pbjson_types")
        .out_dir(&out)
        .build(&[".mosaic"])?;
    std::fs::write(out.join("descriptors.bin"), bytes)?;
    let files = read(&out)?;
    std::fs::remove_dir_all(&out)?;
    Ok(files)
}

/// Every `.proto` file below `root`, sorted, so that the output does not depend on the file system.
fn protos(root: &Path) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "proto") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn read(folder: &Path) -> Outcome<Files> {
    let mut files = Files::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        files.insert(name, std::fs::read(entry.path())?);
    }
    Ok(files)
}

fn write(folder: &Path, files: &Files) -> Outcome<()> {
    std::fs::create_dir_all(folder)?;
    for name in read(folder)?
        .keys()
        .filter(|name| !files.contains_key(*name))
    {
        std::fs::remove_file(folder.join(name))?;
    }
    for (name, content) in files {
        std::fs::write(folder.join(name), content)?;
    }
    Ok(())
}

fn differing(committed: &Files, fresh: &Files) -> Vec<String> {
    let mut names: Vec<String> = committed.keys().chain(fresh.keys()).cloned().collect();
    names.sort();
    names.dedup();
    names.retain(|name| committed.get(name) != fresh.get(name));
    names
}
