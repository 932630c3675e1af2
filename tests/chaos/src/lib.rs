//! Users who talk while everything beneath them dies.
//!
//! A [`run`] plays an installation of real processes, each behind proxies of its own to Postgres and Valkey. Several
//! people hold conversations with a scripted model that calls a tool whose effects are counted; every conversation is
//! watched over SSE and over a WebSocket, by clients that drop and resume. Meanwhile two storms rage: one kills, stops
//! and freezes processes, the other restarts the engines and disturbs the network before them.
//!
//! The plan of both storms and of every conversation is drawn from one seed, so a run is repeated by its seed: the
//! same faults and the same errands in the same order. How far they interleave is up to the machine, which is why
//! nothing that is asserted depends on time, except that everything must have settled after a generous while.
//!
//! What is asserted ([`verdict`]): whatever was accepted is stored once and answered by a run that ended in one way;
//! every watcher saw every event of every run once and in order; a tool had its effect once, or was reported as
//! unknown and not repeated; and in the end nothing is left over in outbox and queues.

pub mod plan;

mod conversation;
mod findings;
mod play;
mod report;
mod slot;
mod speaker;
mod stage;
mod storm;
pub mod verdict;
mod watcher;

pub use play::{Options, Weather, run};
pub use report::Report;
