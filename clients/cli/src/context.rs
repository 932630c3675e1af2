//! What every verb works with: the flags, the configuration, the outputs.

use mosaic_config::{Config, ConfigErrors, LoadOptions};

use crate::cli::Globals;
use crate::data_folder::{self, OF_THE_SYSTEM};
use crate::failure::Failure;
use crate::output::Output;

/// What every verb works with.
#[derive(Debug)]
pub(crate) struct Context {
    /// The flags.
    pub(crate) globals: Globals,
    /// The settings in force.
    pub(crate) config: Config,
    /// Where things are said.
    pub(crate) output: Output,
}

impl Context {
    /// Loads the configuration; all its faults at once are an exit of their own.
    pub(crate) fn load(globals: Globals, output: Output) -> Result<Self, Failure> {
        let config = load(&globals)?;
        Ok(Self {
            globals,
            config,
            output,
        })
    }

    /// The same for `mosaic up`, which makes a data folder instead of looking for one.
    #[cfg(feature = "local")]
    pub(crate) fn load_for_up(globals: Globals, output: Output) -> Result<Self, Failure> {
        let config = Config::load(load_options(&globals))?;
        Ok(Self {
            globals,
            config,
            output,
        })
    }
}

/// Loads the configuration, with the settings in the data folder of the Mosaic that was started on this machine.
pub(crate) fn load(globals: &Globals) -> Result<Config, ConfigErrors> {
    let config = Config::load(load_options(globals))?;
    match data_folder::find(&config) {
        Some(folder) if folder.path() != config.local.data_dir => {
            let mut options = load_options(globals).with_data_dir(folder.path().to_owned());
            options.search.clear();
            options.found = folder.found_settings();
            Config::load(options)
        }
        _ => Ok(config),
    }
}

/// Where the configuration comes from.
fn load_options(globals: &Globals) -> LoadOptions {
    let mut options = LoadOptions::of_process(globals.config.clone());
    if let Some(dir) = &globals.data_dir {
        return options.with_data_dir(std::path::absolute(dir).unwrap_or_else(|_| dir.clone()));
    }
    if nix::unistd::Uid::effective().is_root() {
        options.search.push(OF_THE_SYSTEM.into());
    }
    options
}
