//! The members of the workspace and what they depend on.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use cargo_metadata::{DependencyKind, MetadataCommand};

/// Where in the house a package stands, by its folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ring {
    /// `libs/`.
    Lib,
    /// `services/`.
    Service,
    /// `clients/`.
    Client,
    /// `tests/`.
    Test,
    /// `xtask`.
    Xtask,
}

/// One package of the workspace.
#[derive(Debug, Clone)]
pub struct Member {
    /// e.g. `mosaic-storage`.
    pub name: String,
    /// Its folder, relative to the root, with `/`.
    pub folder: String,
    /// Where it stands.
    pub ring: Ring,
    /// Everything its manifest asks for.
    pub dependencies: Vec<Dependency>,
}

/// Something a manifest asks for.
#[derive(Debug, Clone)]
pub struct Dependency {
    /// The package, by its real name.
    pub name: String,
    /// Whether only tests and benches use it.
    pub dev: bool,
}

/// The workspace.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// Its root folder.
    pub root: PathBuf,
    /// Its packages.
    pub members: Vec<Member>,
}

impl Workspace {
    /// Asks cargo, without the network and without resolving anything outside.
    pub fn load() -> anyhow::Result<Self> {
        let metadata = MetadataCommand::new()
            .manifest_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
            .no_deps()
            .other_options(vec!["--offline".to_owned()])
            .exec()
            .context("cargo metadata")?;
        let root = metadata.workspace_root.clone().into_std_path_buf();
        let members = metadata
            .workspace_packages()
            .into_iter()
            .map(|package| {
                let folder = package
                    .manifest_path
                    .parent()
                    .unwrap_or(&metadata.workspace_root);
                let folder = folder.strip_prefix(&metadata.workspace_root)?.to_string();
                Ok(Member {
                    name: package.name.to_string(),
                    ring: ring(&folder).with_context(|| {
                        format!(
                            "{folder}: packages stand in libs, services, clients, tests or xtask"
                        )
                    })?,
                    folder,
                    dependencies: package.dependencies.iter().map(Dependency::from).collect(),
                })
            })
            .collect::<anyhow::Result<_>>()?;
        Ok(Self { root, members })
    }

    /// The package of this name, if it belongs to the workspace.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }
}

impl From<&cargo_metadata::Dependency> for Dependency {
    fn from(dependency: &cargo_metadata::Dependency) -> Self {
        Self {
            name: dependency.name.clone(),
            dev: dependency.kind == DependencyKind::Development,
        }
    }
}

fn ring(folder: &str) -> Option<Ring> {
    Some(match folder.split('/').next()? {
        "libs" => Ring::Lib,
        "services" => Ring::Service,
        "clients" => Ring::Client,
        "tests" => Ring::Test,
        "xtask" => Ring::Xtask,
        _ => return None,
    })
}
