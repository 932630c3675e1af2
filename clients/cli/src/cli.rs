//! The command line as it is typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use mosaic_config::SecretString;

use crate::exit::TABLE;
use crate::{
    audit, channel, chat, completions, conversations, events, identity, memory, queue, runs,
    summaries, tui, workers,
};

/// Talk to Mosaic, run it on this machine, look after it.
///
/// Data go to standard output and everything said about them to standard error, so every command can be used in a
/// script. The gateway and the token are found by themselves when `mosaic up` runs on this machine, and after `mosaic login`.
#[derive(Debug, Parser)]
#[command(name = "mosaic", version, after_help = TABLE, propagate_version = true, disable_help_subcommand = true)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub globals: Globals,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What holds for every command.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Globals {
    /// The gateway, as http://host:port. Without it: client.url of the configuration, the one that `mosaic up` started here, or the one of the last `mosaic login`.
    #[arg(long, global = true, value_name = "URL")]
    pub url: Option<String>,
    /// The API token. Better: `mosaic login`, client.token of the configuration, or the variable `MOSAIC_CLIENT__TOKEN`, which no process list shows.
    #[arg(long, global = true, value_name = "TOKEN", hide_env_values = true)]
    pub token: Option<SecretString>,
    /// The configuration file. Without it: the one `MOSAIC_CONFIG` names, or mosaic.toml in the data folder.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The folder in which `mosaic up` keeps everything.
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Print JSON, one document a line.
    #[arg(long, global = true)]
    pub json: bool,
    /// Print without colour.
    #[arg(long, global = true)]
    pub no_color: bool,
    /// Say more about what is going on. Twice: even more.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Ask something, or have a conversation.
    ///
    /// Without a message and on a terminal it is a conversation. Otherwise the message comes from the arguments, from
    /// standard input, or from both, and only the answer goes to standard output. The first Ctrl-C stops the run on the
    /// server, the second leaves at once.
    Chat(chat::ChatArgs),
    /// The terminal interface: conversations side by side, answers as they are written.
    ///
    /// Opens the conversation that was last active. F1 shows keys and commands.
    Tui(tui::TuiArgs),
    /// Conversations: list, show, rename, choose who answers, remove.
    #[command(visible_alias = "conversation")]
    Conversations(conversations::ConversationsArgs),
    /// The agents that can be chosen for a conversation.
    Agents,
    /// The models that can be chosen for a conversation.
    Models,
    /// Runs: list, show, stop, pause, resume, say something to one, end by force.
    #[command(visible_alias = "run")]
    Runs(runs::RunsArgs),
    /// What is remembered: search, list, save, forget.
    Memory(memory::MemoryArgs),
    /// What conversations were about: list summaries, ask for one.
    Summaries(summaries::SummariesArgs),
    /// Chat channels: list, link your account, say which agent answers there.
    #[command(visible_alias = "channels")]
    Channel(channel::ChannelArgs),
    /// The event bus: as it happens, and as it was.
    Events(events::EventsArgs),
    /// Task queues.
    Queue(queue::QueueArgs),
    /// Workers: list, drain, resume. Needs the role owner or admin.
    #[command(visible_alias = "worker")]
    Workers(workers::WorkersArgs),
    /// Who one is, and who else is there.
    #[command(flatten)]
    Identity(identity::IdentityCommand),
    /// Who did what. Needs the role owner or admin.
    Audit(audit::AuditArgs),
    /// Run all of Mosaic on this machine.
    ///
    /// Starts a private Postgres and Valkey (found, or fetched once with pip), migrates, creates the first admin, starts
    /// every service in this process and says where it is. Everything is kept in one folder; Ctrl-C stops everything.
    #[cfg(feature = "local")]
    Up(crate::up::UpArgs),
    /// Check everything, and say what to do about what is wrong.
    Doctor,
    /// Print the completions of a shell.
    Completions(completions::CompletionsArgs),
    /// Print the version of this program and, if it can be reached, of the gateway.
    Version,
}
