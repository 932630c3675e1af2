//! What is measured: the machine, the engines, and the services as processes.

mod engines;
mod installation;
mod machine;
mod process;
mod usage;

pub(crate) use engines::{EngineFacts, Engines, info};
pub(crate) use installation::{Installation, Started};
pub(crate) use machine::{Machine, target};
pub(crate) use usage::{Cores, Memory, Usage};
