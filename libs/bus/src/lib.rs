//! The bus on Valkey: logs of running runs, doorbells, task queues, event streams and the outbox relay.
//!
//! Nothing else in Mosaic speaks to Valkey, and nothing here is the record: Postgres is. Whatever lies on the bus can
//! be lost and is then published again ([`relay`]), so delivery is at least once and every consumer is idempotent on
//! the entry's id. Each module states its protocol at its head: which keys, who moves entries, what happens with two
//! consumers and on a crash between any two commands.

pub mod backoff;
mod clock;
mod connection;
pub mod doorbell;
mod error;
pub mod events;
mod group;
mod health;
pub mod keys;
mod metrics;
mod options;
pub mod queue;
pub mod rate_limit;
pub mod relay;
pub mod run_log;
mod script;

pub use backoff::Backoff;
pub use connection::{Bus, ServerInfo};
pub use doorbell::{Bell, Doorbells};
pub use error::{Error, Result};
pub use events::{EventConsumer, EventConsumerOptions, EventDelivery, EventFilter, Events, Tail};
pub use health::Health;
pub use options::{BusOptions, DEFAULT_PREFIX};
pub use queue::{
    Consumer, ConsumerOptions, DeadJob, DeadPage, Delivery, HeldLetter, Holder, JobContext,
    JobError, JobResult, Lane, Pause, Place, Pushed, Queue, QueueOperator, QueueStats, QueuedJob,
    Rebuilt, Settled, VisibilityTooShort, WorkOptions, report_queues, work,
};
pub use rate_limit::{Limit, Rate, RateLimits, Refused};
pub use relay::{AsideJob, BoxError, Held, Outbox, QueueRecord, RecordCursor, Relay, RelayHandle};
pub use run_log::{Append, RunLogs, TakeOver};
