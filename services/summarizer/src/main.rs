//! The program `mosaic-summarizer`.

use std::process::ExitCode;

fn main() -> ExitCode {
    mosaic_runtime::main::<mosaic_summarizer::Summarizer>()
}
