//! The program `mosaic-migrate`.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use mosaic_migrate::Cli;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    // Fails only when a provider is installed already, which serves as well.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let cli = Cli::parse();
    let (mut out, mut talk) = (std::io::stdout(), std::io::stderr());
    match mosaic_migrate::run(cli, &mut out, &mut talk).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell when standard error is gone too; the exit code still says it.
            drop(writeln!(talk, "mosaic-migrate: {error}"));
            ExitCode::from(error.exit().code())
        }
    }
}
