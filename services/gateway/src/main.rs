//! The gateway as a process.

use std::process::ExitCode;

use mosaic_gateway::App;

fn main() -> ExitCode {
    mosaic_runtime::main::<App>()
}
