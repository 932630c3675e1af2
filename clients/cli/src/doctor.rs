//! `mosaic doctor`: the probes of a start, all of them, without stopping at the first that fails.

#[cfg(feature = "local")]
mod channels;
mod gateway;
#[cfg(feature = "local")]
mod keys;
#[cfg(feature = "local")]
mod memory;
#[cfg(feature = "local")]
mod place;
#[cfg(feature = "local")]
mod providers;
mod report;
#[cfg(feature = "local")]
mod stores;

use mosaic_config::{Config, ExposeSecret as _};

use crate::cli::Globals;
use crate::context::{Context, load};
use crate::data_folder::{self, DataFolder};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use report::{Check, Report};

/// What the probes know.
struct Patient {
    context: Context,
    /// The data folder of the local tier, once something was started there.
    #[cfg(feature = "local")]
    folder: Option<DataFolder>,
    /// Whether Postgres and Valkey are those of `mosaic up`, because no others are configured.
    local: bool,
    /// Whether the local tier is up.
    up: bool,
}

pub(crate) async fn run(globals: Globals, output: Output) -> Outcome {
    let mut report = Report::new(output);
    let config = configuration(&globals, &mut report)?;
    let patient = Patient::new(Context {
        globals,
        config,
        output,
    })?;
    #[cfg(feature = "local")]
    {
        place::probe(&patient, &mut report).await;
        keys::probe(&patient, &mut report);
        stores::probe(&patient, &mut report).await;
    }
    gateway::probe(&patient, &mut report).await;
    #[cfg(feature = "local")]
    {
        providers::probe(&patient, &mut report).await;
        #[cfg(feature = "local")]
        channels::probe(&patient, &mut report).await;
        memory::probe(&patient, &mut report).await;
    }
    report.finish()
}

impl Patient {
    fn new(context: Context) -> Result<Self, Failure> {
        let folder = data_folder::find(&context.config);
        let usual = Config::defaults()?;
        let same = |one: &mosaic_config::SecretString, other: &mosaic_config::SecretString| {
            one.expose_secret() == other.expose_secret()
        };
        let local = same(&context.config.postgres.url, &usual.postgres.url)
            && same(&context.config.valkey.url, &usual.valkey.url);
        let up = folder.as_ref().is_some_and(DataFolder::answers);
        Ok(Self {
            context,
            #[cfg(feature = "local")]
            folder,
            local,
            up,
        })
    }
}

/// A faulty configuration is reported fault by fault; the other probes then use the defaults.
fn configuration(globals: &Globals, report: &mut Report) -> Result<Config, Failure> {
    match load(globals) {
        Ok(config) => {
            report.add(Check::ok("configuration", "every setting is valid"));
            Ok(config)
        }
        Err(errors) => {
            for fault in &errors.faults {
                let what = format!("{} [{}]: {}", fault.key, fault.origin, fault.problem);
                report.add(Check::fail(
                    "configuration",
                    what.trim_start(),
                    &fault.remedy,
                ));
            }
            let told = "what follows was probed with the default settings";
            report.add(Check::warn(
                "configuration",
                told,
                "repair the settings above and run this again",
            ));
            Ok(Config::defaults()?)
        }
    }
}

/// The exit code of a report.
fn exit_of(checks: &[Check]) -> Exit {
    if checks.iter().any(Check::is_bad) {
        Exit::Failed
    } else {
        Exit::Done
    }
}
