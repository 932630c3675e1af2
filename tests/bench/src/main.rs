//! The benchmarks as a program.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    mosaic_bench::main().await
}
