//! The table of surfaces names every command, and none that is not there.

use std::collections::BTreeSet;

use clap::{Command, CommandFactory as _};
use mosaic_cli::Cli;

fn leaves(command: &Command, path: &str, found: &mut BTreeSet<String>) {
    let path = format!("{path}{}", command.get_name());
    if command.has_subcommands() {
        for inner in command.get_subcommands() {
            leaves(inner, &format!("{path} "), found);
        }
    } else {
        found.insert(path);
    }
}

#[test]
fn every_command_is_in_the_table_of_surfaces_and_nothing_else_is() {
    let mut commands = BTreeSet::new();
    leaves(&Cli::command(), "", &mut commands);
    let table = include_str!("../../../../docs/reference/surfaces.md");
    let rows = table.lines().filter(|line| line.starts_with("| "));
    let listed: BTreeSet<String> = rows
        .flat_map(|row| row.split('`').skip(1).step_by(2))
        .filter(|code| code.starts_with("mosaic "))
        .map(str::to_owned)
        .collect();
    assert_eq!(listed, commands);
}
