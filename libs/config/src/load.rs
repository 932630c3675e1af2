//! Loading: the layers, their merge, and the collection of every fault.

mod extract;
mod file;
mod layer;
mod variables;

use std::path::PathBuf;

use figment::value::Dict;

use crate::environment;
use crate::errors::{ConfigErrors, Faults};
use crate::sections::Config;
use extract::Extractor;
use layer::{Layer, Layers};

/// The annotated defaults: every key, its default and its meaning.
pub const DEFAULTS: &str = include_str!("../mosaic.toml");

/// A file that was come across rather than named, as its finder read it after making sure whose it is.
///
/// Its `client.url` counts only for this machine: what is said must not go elsewhere because of where one stands.
#[derive(Debug, Clone)]
pub struct FoundFile {
    /// Where it is.
    pub path: PathBuf,
    /// What stands in it, or why it was not read.
    pub text: Result<String, String>,
}

/// Where a configuration is loaded from.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// The file that was named by `--config`; it must exist.
    pub file: Option<PathBuf>,
    /// Folders searched for `mosaic.toml` when no file was named; the first hit counts.
    pub search: Vec<PathBuf>,
    /// The file to use when none was named and the search found none.
    pub found: Option<FoundFile>,
    /// The environment variables. Names that do not concern Mosaic are ignored.
    pub variables: Vec<(String, String)>,
    /// TOML that wins over everything else: what a command line or a test decides.
    pub overrides: String,
}

impl LoadOptions {
    /// What a service uses: `--config`, `MOSAIC_CONFIG`, or `mosaic.toml` in the data folder; then the environment.
    ///
    /// The working folder is not searched: it may be a checkout of somebody else's, and the file says where keys go
    /// and which programs run.
    #[must_use]
    pub fn of_process(file: Option<PathBuf>) -> Self {
        let variables = environment::variables();
        let named = |name: &str| {
            let found = variables
                .iter()
                .find(|(key, value)| key == name && !value.is_empty());
            found.map(|(_, value)| PathBuf::from(value))
        };
        let file = file.or_else(|| named("MOSAIC_CONFIG"));
        // Without a home the usual folder is relative, and thereby lies in the working folder.
        let usual = || Some(environment::default_data_dir()).filter(|dir| dir.is_absolute());
        let search = named("MOSAIC_LOCAL__DATA_DIR").or_else(usual);
        Self {
            file,
            search: search.into_iter().collect(),
            found: None,
            variables,
            overrides: String::new(),
        }
    }

    /// The same, looking for `mosaic.toml` in this data folder and keeping data there.
    #[must_use]
    pub fn with_data_dir(mut self, data_dir: PathBuf) -> Self {
        let mut local = toml::Table::new();
        let path = toml::Value::String(data_dir.to_string_lossy().into_owned());
        local.insert("data_dir".to_owned(), path);
        let table = toml::Table::from_iter([("local".to_owned(), toml::Value::Table(local))]);
        self.overrides.push_str(&table.to_string());
        self.search = vec![data_dir];
        self
    }
}

impl Config {
    /// Loads defaults, file and environment, and reports everything that is wrong with them at once.
    pub fn load(options: LoadOptions) -> Result<Self, ConfigErrors> {
        let LoadOptions {
            file,
            search,
            found,
            variables,
            overrides,
        } = options;
        let mut faults = Faults::default();
        let defaults = file::parse(DEFAULTS, "the built-in defaults", &mut faults);
        let mut layers = Layers::new(defaults.clone());
        let found = found.filter(|_| file.is_none());
        if let Some(layer) = file::layer(file, &search, &mut faults) {
            layers.push(layer, &mut faults);
        } else if let Some(found) = found {
            layers.push(file::found(found, &mut faults), &mut faults);
        }
        layers.push(
            variables::layer(&variables, &defaults, &mut faults),
            &mut faults,
        );
        let dict = file::parse(&overrides, "the command line", &mut faults);
        layers.push(Layer::named("the command line", dict), &mut faults);
        layers.push(
            variables::well_known(&variables, &layers.merged()),
            &mut faults,
        );
        layers.into_config(&defaults, faults)
    }

    /// The defaults alone: no file, no environment.
    pub fn defaults() -> Result<Self, ConfigErrors> {
        Self::load(LoadOptions::default())
    }

    /// The defaults with these settings (TOML) on top; no file, no environment.
    pub fn from_toml(overrides: &str) -> Result<Self, ConfigErrors> {
        Self::load(LoadOptions {
            overrides: overrides.to_owned(),
            ..LoadOptions::default()
        })
    }

    /// For tests and for several services in one process: the defaults with every listener on a free loopback port.
    pub fn with_free_ports() -> Result<Self, ConfigErrors> {
        let mut config = Self::defaults()?;
        for listen in config.listeners_mut() {
            listen.set_port(0);
        }
        Ok(config)
    }

    /// What tests start from: free ports, a short grace, nothing read from the machine it runs on.
    pub fn for_tests() -> Result<Self, ConfigErrors> {
        let mut config = Self::with_free_ports()?;
        config.shutdown.grace_s = 5;
        config.postgres.allow_owner = true;
        // Tests ask faster than people do.
        config.limits.user_per_minute = 1_000_000;
        config.limits.credential_per_minute = 1_000_000;
        config.limits.address_per_minute = 1_000_000;
        "offline".clone_into(&mut config.providers.default);
        Ok(config)
    }
}

impl Layers {
    /// Extracts every section, checks it, and names the origin of each fault.
    fn into_config(self, defaults: &Dict, mut faults: Faults) -> Result<Config, ConfigErrors> {
        let mut extractor = Extractor {
            values: self.merged(),
            defaults,
            faults: &mut faults,
        };
        let config = extractor.config();
        if let Some(config) = &config {
            config.check(&mut faults);
        }
        for fault in &mut faults.found {
            if fault.origin.is_empty() {
                fault.origin = self.origin(&fault.key);
            }
        }
        faults.into_result()?;
        config.ok_or_else(|| ConfigErrors { faults: Vec::new() })
    }
}
