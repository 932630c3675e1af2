//! Finds usable engines and says why others are not.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{
    DiscoverOptions, Discovery, Engine, EngineKind, Refusal, Source, on_path, pins::Package,
};
use crate::account::Account;

const OLDEST_POSTGRES: u32 = 15;
const OLDEST_VALKEY: u32 = 7;

pub(super) fn discover(options: &DiscoverOptions) -> Discovery {
    let mut refused = Vec::new();
    let postgres = first_usable(EngineKind::Postgres, options, &mut refused);
    let valkey = first_usable(EngineKind::Valkey, options, &mut refused);
    Discovery {
        postgres,
        valkey,
        refused,
    }
}

fn first_usable(
    kind: EngineKind,
    options: &DiscoverOptions,
    refused: &mut Vec<Refusal>,
) -> Option<Engine> {
    let mut candidates = Vec::new();
    if let Some(folder) = &options.configured {
        let programs = in_folder(kind, folder);
        if programs.is_empty() {
            let why = "the configured folder holds no such program".to_owned();
            refused.push(Refusal {
                kind,
                path: folder.clone(),
                why,
            });
        }
        candidates.extend(programs.into_iter().map(|p| (Source::Configured, p)));
    }
    candidates.extend(
        in_folder(kind, &options.store)
            .into_iter()
            .map(|p| (Source::Store, p)),
    );
    candidates.extend(
        installed(kind, options)
            .into_iter()
            .map(|p| (Source::Path, p)),
    );
    for (source, path) in candidates {
        // Followed, because an installation's other files are beside the real program.
        let program = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        match check(kind, &program) {
            Ok(version) => {
                return Some(Engine {
                    kind,
                    version,
                    source,
                    program,
                });
            }
            Err(why) if refused.iter().all(|r| r.path != program) => {
                refused.push(Refusal {
                    kind,
                    path: program,
                    why,
                });
            }
            Err(_) => {}
        }
    }
    None
}

fn names(kind: EngineKind) -> &'static [&'static str] {
    match kind {
        EngineKind::Postgres => &["postgres"],
        EngineKind::Valkey => &["valkey-server", "redis-server"],
    }
}

/// The programs in an engines folder: unpacked packages, or an installation put there by hand.
fn in_folder(kind: EngineKind, folder: &Path) -> Vec<PathBuf> {
    let package = Package::of(kind);
    let by_hand = match kind {
        EngineKind::Postgres => "postgres",
        EngineKind::Valkey => "valkey",
    };
    let mut bins = expand(&folder.join(package.folder()).join(package.content));
    bins.extend([
        folder.join(by_hand).join("bin"),
        folder.join(by_hand),
        folder.join("bin"),
        folder.to_owned(),
    ]);
    programs_in(kind, &bins)
}

/// The programs on `PATH` and where packages put them that keep several versions side by side.
fn installed(kind: EngineKind, options: &DiscoverOptions) -> Vec<PathBuf> {
    let path = names(kind)
        .iter()
        .flat_map(|name| on_path(&options.search_path, name));
    let mut programs: Vec<PathBuf> = path.collect();
    // An empty search path means: nothing but Mosaic's own folders.
    if kind == EngineKind::Postgres && !options.search_path.is_empty() {
        let mut bins = Vec::new();
        for home in ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"] {
            let mut versions: Vec<PathBuf> = subfolders(Path::new(home));
            versions.retain(|v| home.ends_with("postgresql") || named_postgres(v));
            versions.sort_by_key(|v| std::cmp::Reverse(trailing_number(v)));
            bins.extend(versions.into_iter().map(|v| v.join("bin")));
        }
        programs.extend(programs_in(kind, &bins));
    }
    programs
}

fn named_postgres(folder: &Path) -> bool {
    folder
        .file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with("postgresql"))
}

fn trailing_number(folder: &Path) -> u32 {
    let name = folder
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    name.rsplit('@')
        .next()
        .and_then(|n| n.parse().ok())
        .unwrap_or(0)
}

fn programs_in(kind: EngineKind, bins: &[PathBuf]) -> Vec<PathBuf> {
    let all = bins
        .iter()
        .flat_map(|bin| names(kind).iter().map(move |name| bin.join(name)));
    all.filter(|path| path.is_file()).collect()
}

/// Resolves a final `*` to the folders there.
fn expand(pattern: &Path) -> Vec<PathBuf> {
    match (
        pattern.file_name().is_some_and(|name| name == "*"),
        pattern.parent(),
    ) {
        (true, Some(parent)) => subfolders(parent),
        _ => vec![pattern.to_owned()],
    }
}

fn subfolders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect()
}

/// The version of a usable program, or why it is not usable.
fn check(kind: EngineKind, program: &Path) -> Result<String, String> {
    engine_account()
        .check_reach(program)
        .map_err(|e| e.to_string())?;
    let said = output(program, "--version")?;
    let version = version_in(&said).ok_or_else(|| format!("it calls itself {said:?}"))?;
    let major: u32 = version
        .split('.')
        .next()
        .and_then(|n| n.parse().ok())
        .unwrap_or(0);
    match kind {
        EngineKind::Postgres if major < OLDEST_POSTGRES => {
            return Err(format!("version {version} is older than {OLDEST_POSTGRES}"));
        }
        EngineKind::Valkey if major < OLDEST_VALKEY => {
            return Err(format!("version {version} is older than {OLDEST_VALKEY}"));
        }
        EngineKind::Postgres => check_installation(program, major)?,
        EngineKind::Valkey => {}
    }
    Ok(version)
}

fn check_installation(program: &Path, major: u32) -> Result<(), String> {
    let bin = program.parent().unwrap_or(Path::new("/"));
    if !bin.join("initdb").is_file() {
        return Err("there is no initdb beside it".into());
    }
    let mut shares = vec![
        bin.join("../share"),
        bin.join("../share/postgresql"),
        format!("/usr/share/postgresql/{major}").into(),
    ];
    shares.extend(output(&bin.join("pg_config"), "--sharedir").map(PathBuf::from));
    let has_vector = |share: &PathBuf| share.join("extension/vector.control").is_file();
    if shares.iter().any(has_vector) {
        Ok(())
    } else {
        Err(format!("Postgres {major} without the pgvector extension"))
    }
}

/// Who runs programs that belong to no data folder yet.
fn engine_account() -> Account {
    Account::for_folder(Path::new("/"))
}

fn output(program: &Path, argument: &str) -> Result<String, String> {
    let mut command = Command::new(program);
    command
        .arg(argument)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("LC_ALL", "C")
        .current_dir("/")
        .stdin(Stdio::null());
    // Whoever may write the folder it was found in must not become root by that.
    engine_account().apply(&mut command);
    let out = command
        .output()
        .map_err(|e| format!("it does not run: {e}"))?;
    if out.status.success() {
        Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned())
    } else {
        Err(format!(
            "`{argument}` fails: {}",
            String::from_utf8_lossy(&out.stderr).trim()
        ))
    }
}

/// The version in `postgres (PostgreSQL) 18.4` or `Valkey server v=9.1.2 sha=…`.
fn version_in(said: &str) -> Option<String> {
    let words = said
        .split_whitespace()
        .map(|word| word.strip_prefix("v=").unwrap_or(word));
    let mut numbers = words.filter(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    numbers.next().map(str::to_owned)
}

#[cfg(test)]
mod tests;
