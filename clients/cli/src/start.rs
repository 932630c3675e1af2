//! From the arguments to an exit code.

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Command, Globals};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::{Output, Tone};
use crate::render::text::printable;

/// Parses the arguments, runs the command and says how it ended.
#[must_use]
pub fn main() -> ExitCode {
    // Fails only when a provider is installed already, which serves as well.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let cli = Cli::parse();
    let globals = &cli.globals;
    let output = Output::new(globals.json, globals.no_color, globals.verbose);
    let exit = match runtime().and_then(|runtime| {
        let outcome = runtime.block_on(run(cli, output));
        // A thread may still wait for a line of standard input that never comes.
        runtime.shutdown_background();
        outcome
    }) {
        Ok(exit) => exit,
        Err(failure) => {
            tell(output, &failure);
            failure.exit
        }
    };
    exit.into()
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Failed, format!("cannot start: {error}")))
}

async fn run(cli: Cli, output: Output) -> Outcome {
    let Cli { globals, command } = cli;
    match command {
        Command::Chat(args) => {
            with(globals, output, async |context| {
                crate::chat::run(context, args).await
            })
            .await
        }
        Command::Tui(args) => {
            with(globals, output, async |context| {
                crate::tui::run(context, args).await
            })
            .await
        }
        Command::Conversations(args) => {
            with(globals, output, async |context| {
                crate::conversations::run(context, args).await
            })
            .await
        }
        Command::Agents => with(globals, output, crate::choices::agents).await,
        Command::Models => with(globals, output, crate::choices::models).await,
        Command::Runs(args) => {
            with(globals, output, async |context| {
                crate::runs::run(context, args).await
            })
            .await
        }
        Command::Memory(args) => {
            with(globals, output, async |context| {
                crate::memory::run(context, args).await
            })
            .await
        }
        Command::Channel(args) => {
            with(globals, output, async |context| {
                crate::channel::run(context, args).await
            })
            .await
        }
        Command::Summaries(args) => {
            with(globals, output, async |context| {
                crate::summaries::run(context, args).await
            })
            .await
        }
        Command::Events(args) => {
            with(globals, output, async |context| {
                crate::events::run(context, args).await
            })
            .await
        }
        Command::Queue(args) => {
            with(globals, output, async |context| {
                crate::queue::run(context, args).await
            })
            .await
        }
        Command::Workers(args) => {
            with(globals, output, async |context| {
                crate::workers::run(context, args).await
            })
            .await
        }
        Command::Audit(args) => {
            with(globals, output, async |context| {
                crate::audit::run(context, args).await
            })
            .await
        }
        Command::Identity(command) => {
            with(globals, output, async |context| {
                crate::identity::run(context, command).await
            })
            .await
        }
        Command::Version => with(globals, output, crate::version::run).await,
        #[cfg(feature = "local")]
        Command::Up(args) => crate::up::run(Context::load_for_up(globals, output)?, args).await,
        Command::Doctor => crate::doctor::run(globals, output).await,
        Command::Completions(args) => crate::completions::run(&args, output),
    }
}

/// Runs a verb that talks to a gateway.
async fn with(
    globals: Globals,
    output: Output,
    verb: impl AsyncFnOnce(&Context) -> Outcome,
) -> Outcome {
    let context = Context::load(globals, output)?;
    verb(&context)
        .await
        .map_err(|failure| context.explain(failure))
}

fn tell(output: Output, failure: &Failure) {
    if failure.message.is_empty() {
        return;
    }
    if output.json {
        output.say(&failure.json().to_string());
        return;
    }
    // A gateway, a file name or a model may have had a part in what is said.
    let message = printable(&failure.message);
    output.say(&format!("{} {message}", output.paint(Tone::Bad, "error:")));
    if let Some(remedy) = failure.remedy.as_deref().map(printable) {
        output.say(&format!("{} {remedy}", output.paint(Tone::Strong, "try:")));
    }
}
