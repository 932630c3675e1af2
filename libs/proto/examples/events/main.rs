//! Prints the catalogue of events, made from the contracts; `cargo xtask gen events` keeps it in `docs/reference`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program talks to its caller"
)]

mod contract;
mod page;

use std::process::ExitCode;

use self::contract::Contracts;

/// What people wrote about events, with places for what is generated.
const TEMPLATE: &str = include_str!("events.md.in");

fn main() -> ExitCode {
    let made = Contracts::read(mosaic_proto::DESCRIPTORS)
        .and_then(|contracts| page::fill(TEMPLATE, &contracts));
    match made {
        Ok(page) => {
            print!("{page}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("events: {error}");
            ExitCode::FAILURE
        }
    }
}
