//! Watching in real stores: who asks how often, and who gets what from where.

mod join;
mod look;
mod stage;
