//! What every verb works with: the flags, the configuration, the outputs.

use mosaic_config::{Config, LoadOptions};

use crate::cli::Globals;
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
        let config = Config::load(load_options(&globals))?;
        Ok(Self {
            globals,
            config,
            output,
        })
    }
}

/// Where the configuration comes from.
pub(crate) fn load_options(globals: &Globals) -> LoadOptions {
    let options = LoadOptions::of_process(globals.config.clone());
    match &globals.data_dir {
        Some(dir) => {
            options.with_data_dir(std::path::absolute(dir).unwrap_or_else(|_| dir.clone()))
        }
        None => options,
    }
}
