//! One run on this replica: claimed, executed, recorded, shown, ended.

mod execute;
mod held;
mod journal;
mod live_log;
mod persona;
mod publisher;
mod take_over;

pub(crate) use execute::Executor;
pub(crate) use held::Heartbeat;
pub(crate) use held::HeldRuns;
pub(crate) use persona::Personas;
