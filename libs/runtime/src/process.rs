//! A process of one service: arguments, configuration, telemetry, build, run, exit code.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Arg, Command, value_parser};
use mosaic_config::{Config, EX_CONFIG, LoadOptions};
use tokio::signal::unix::{SignalKind, signal};

use crate::{App, EX_SOFTWARE, EX_UNAVAILABLE, Lifecycle, VERSION};

/// Chooses the one TLS implementation of the product. Safe to call more than once.
pub fn install_crypto() {
    // An error says that it was chosen before, by another service of this process.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

/// Runs a service until it is told to stop. Exit codes: 0 stopped, 69 something it needs is missing, 70 it failed
/// while it ran, 78 the configuration is wrong, 130 stopped by force.
#[must_use]
pub fn main<S: App>() -> ExitCode {
    let arguments = Command::new(S::NAME)
        .version(VERSION)
        .arg(
            Arg::new("config")
                .long("config")
                .value_name("FILE")
                .help("Configuration file; the environment (MOSAIC_SECTION__KEY) wins over it")
                .value_parser(value_parser!(PathBuf)),
        )
        .get_matches();
    let options = LoadOptions::of_process(arguments.get_one::<PathBuf>("config").cloned());
    let config = match Config::load(options) {
        Ok(config) => Arc::new(config),
        Err(errors) => {
            complain(&errors);
            return ExitCode::from(EX_CONFIG);
        }
    };
    install_crypto();
    match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime.block_on(live::<S>(config)),
        Err(error) => {
            complain(&format!("{} cannot start its threads: {error}", S::NAME));
            ExitCode::from(EX_UNAVAILABLE)
        }
    }
}

async fn live<S: App>(config: Arc<Config>) -> ExitCode {
    let guard = match mosaic_telemetry::init(&config.telemetry, S::NAME) {
        Ok(guard) => guard,
        Err(error) => {
            complain(&format!("{} cannot start: {error}", S::NAME));
            return ExitCode::from(EX_CONFIG);
        }
    };
    let code = serve::<S>(config).await;
    guard.shutdown().await;
    code
}

async fn serve<S: App>(config: Arc<Config>) -> ExitCode {
    let life = Lifecycle::new(S::NAME, config.shutdown.grace());
    let (ended, obeying) = (life.drained().clone(), life.clone());
    life.spawn_beside(async move {
        tokio::select! {
            () = obey_signals(&obeying) => {}
            () = ended.cancelled() => {}
        }
    });
    let app = match S::build(config, life.clone()).await {
        Ok(app) => app,
        Err(error) => {
            complain(&format!("{} cannot start: {error}", S::NAME));
            life.abort();
            return ExitCode::from(error.exit);
        }
    };
    let addresses = app.addresses();
    tracing::info!(
        service = S::NAME,
        version = VERSION,
        admin = %addresses.admin,
        grpc = %addresses.grpc,
        public = addresses.public.map(tracing::field::display),
        "started"
    );
    let result = app.run().await;
    if let Err(failure) = result {
        complain(&format!("{} failed: {failure}", S::NAME));
        return ExitCode::from(EX_SOFTWARE);
    }
    tracing::info!(service = S::NAME, "stopped");
    ExitCode::SUCCESS
}

/// The first signal stops the service, the second ends the process.
async fn obey_signals(life: &Lifecycle) {
    let (Ok(mut terminate), Ok(mut interrupt)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) else {
        tracing::error!("signals cannot be received; stop the process by force");
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = life.soft().cancelled() => {}
    }
    tracing::info!(
        service = life.service(),
        "stopping; a second signal ends the process at once"
    );
    life.stop();
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    life.abort();
}

#[expect(
    clippy::print_stderr,
    reason = "before and after telemetry there is no other place"
)]
fn complain(problem: &impl std::fmt::Display) {
    eprintln!("{problem}");
}
