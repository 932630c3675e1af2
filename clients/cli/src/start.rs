//! From the arguments to an exit code.

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Command};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::{Output, Tone};

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
        Command::Completions(args) => crate::completions::run(&args, output),
        Command::Doctor => crate::doctor::run(globals, output).await,
        command => with_context(Context::load(globals, output)?, command).await,
    }
}

async fn with_context(context: Context, command: Command) -> Outcome {
    match command {
        Command::Chat(args) => crate::chat::run(&context, args).await,
        Command::Conversations(args) => crate::conversations::run(&context, args).await,
        Command::Runs(args) => crate::runs::run(&context, args).await,
        Command::Events(args) => crate::events::run(&context, args).await,
        Command::Queue(args) => crate::queue::run(&context, args).await,
        Command::Version => crate::version::run(&context).await,
        #[cfg(feature = "local")]
        Command::Up(args) => crate::up::run(context, args).await,
        Command::Doctor => crate::doctor::run(context.globals, context.output).await,
        Command::Completions(args) => crate::completions::run(&args, context.output),
    }
}

fn tell(output: Output, failure: &Failure) {
    if failure.message.is_empty() {
        return;
    }
    if output.json {
        output.say(&failure.json().to_string());
        return;
    }
    output.say(&format!("{} {failure}", output.paint(Tone::Bad, "error:")));
    if let Some(remedy) = &failure.remedy {
        output.say(&format!("{} {remedy}", output.paint(Tone::Strong, "try:")));
    }
}
