//! Every key and channel name of the bus. Braces are the hash tag: all keys that one script touches share it,
//! so that they lie on one node of a cluster.
//!
//! | key | type | holds |
//! |---|---|---|
//! | `<prefix>:{q:<queue>}:<high\|normal\|low>` | stream | jobs to be taken or being worked on |
//! | `<prefix>:{q:<queue>}:delayed` | sorted set | ids of jobs to come, by due time in ms |
//! | `<prefix>:{q:<queue>}:delayed:jobs` | hash | those jobs, as JSON arrays of stream fields |
//! | `<prefix>:{q:<queue>}:dead` | stream | jobs given up on, with the reason |
//! | `<prefix>:{q:<queue>}:ordered` | sorted set | jobs that wait behind another of their ordering key, as `<length>:<key>\|<created>\|<arrival>\|<id>` |
//! | `<prefix>:{q:<queue>}:ordered:jobs` | hash | those jobs by id, as JSON arrays |
//! | `<prefix>:{q:<queue>}:ordered:heads` | hash | ordering key → id of its job that was let into a lane |
//! | `<prefix>:{q:<queue>}:ordered:seq` | string | counts arrivals |
//! | `<prefix>:{q:<queue>}:once:<key>` | string | idempotency key → id of the job that has it; expires |
//! | `<prefix>:{q:<queue>}:paused` | hash | why the queue is paused, and where its readers were |
//! | `<prefix>:{q:<queue>}:filling` | string | until when, in ms, the queue counts as being filled from the record |
//! | `<prefix>:{ev:<domain>}` | stream | events of a domain |
//! | `<prefix>:{ev:<domain>}:dead` | stream | events a group gave up on |
//! | `<prefix>:{run:<id>}` | stream | a run's log; entry ids are cursors |
//! | `<prefix>:{bus}:queues`, `<prefix>:{bus}:domains` | set | names in use |
//! | `<prefix>:{bus}:incarnation` | string | which life of Valkey this is, for the outbox |
//! | `<prefix>:{rate}:<who>` | string | until when everything that `who` took of an allowance is spread evenly; expires |
//! | `<prefix>:bell:run:<id>`, `<prefix>:bell:conversation:<id>` | channel | doorbells |

use std::sync::Arc;

use mosaic_domain::{ConversationId, RunId};

use crate::queue::Lane;

/// Builds names under one prefix.
#[derive(Debug, Clone)]
pub struct Keys {
    prefix: Arc<str>,
}

/// The keys of a queue, as `scripts/queue.lua` names them.
#[derive(Debug, Clone)]
pub(crate) struct QueueKeys(pub(crate) Arc<[String; 11]>);

impl QueueKeys {
    pub(crate) fn normal(&self) -> &str {
        &self.0[1]
    }

    pub(crate) fn paused(&self) -> &str {
        &self.0[9]
    }
}

impl Keys {
    pub(crate) fn new(prefix: &str) -> Self {
        Self {
            prefix: prefix.into(),
        }
    }

    /// The stream of a run's log.
    #[must_use]
    pub fn run(&self, id: RunId) -> String {
        format!("{}:{{run:{id}}}", self.prefix)
    }

    /// The channel on which a run's appends are announced.
    #[must_use]
    pub fn run_bell(&self, id: RunId) -> String {
        format!("{}:bell:run:{id}", self.prefix)
    }

    /// The channel on which a conversation's changes are announced.
    #[must_use]
    pub fn conversation_bell(&self, id: ConversationId) -> String {
        format!("{}:bell:conversation:{id}", self.prefix)
    }

    /// The stream of one lane of a queue.
    #[must_use]
    pub fn lane(&self, queue: &str, lane: Lane) -> String {
        format!("{}:{{q:{queue}}}:{}", self.prefix, lane.name())
    }

    /// The due times of a queue's delayed jobs.
    #[must_use]
    pub fn delayed(&self, queue: &str) -> String {
        format!("{}:{{q:{queue}}}:delayed", self.prefix)
    }

    /// A queue's delayed jobs.
    #[must_use]
    pub fn delayed_jobs(&self, queue: &str) -> String {
        format!("{}:{{q:{queue}}}:delayed:jobs", self.prefix)
    }

    /// A queue's dead letters.
    #[must_use]
    pub fn dead(&self, queue: &str) -> String {
        format!("{}:{{q:{queue}}}:dead", self.prefix)
    }

    /// The marker of an idempotency key of a queue.
    #[must_use]
    pub fn once(&self, queue: &str, key: &str) -> String {
        format!("{}:{{q:{queue}}}:once:{key}", self.prefix)
    }

    /// Why a queue is paused; missing if it is not.
    #[must_use]
    pub fn paused(&self, queue: &str) -> String {
        format!("{}:{{q:{queue}}}:paused", self.prefix)
    }

    /// Every key of a queue in the order in which its scripts expect them, after the stream and the dead letters that
    /// they are about.
    pub(crate) fn of_queue(&self, queue: &str) -> QueueKeys {
        let named = |name: &str| format!("{}:{{q:{queue}}}:{name}", self.prefix);
        QueueKeys(Arc::new(
            [
                "high",
                "normal",
                "low",
                "delayed",
                "delayed:jobs",
                "ordered",
                "ordered:jobs",
                "ordered:heads",
                "ordered:seq",
                "paused",
                "filling",
            ]
            .map(named),
        ))
    }

    /// The stream of a domain's events.
    #[must_use]
    pub fn events(&self, domain: &str) -> String {
        format!("{}:{{ev:{domain}}}", self.prefix)
    }

    /// The events of a domain that a group gave up on.
    #[must_use]
    pub fn dead_events(&self, domain: &str) -> String {
        format!("{}:{{ev:{domain}}}:dead", self.prefix)
    }

    /// The names of all queues.
    #[must_use]
    pub fn queues(&self) -> String {
        format!("{}:{{bus}}:queues", self.prefix)
    }

    /// The names of all event domains.
    #[must_use]
    pub fn domains(&self) -> String {
        format!("{}:{{bus}}:domains", self.prefix)
    }

    /// The name of the present life of Valkey.
    #[must_use]
    pub fn incarnation(&self) -> String {
        format!("{}:{{bus}}:incarnation", self.prefix)
    }

    /// An allowance of somebody.
    #[must_use]
    pub fn rate(&self, who: &str) -> String {
        format!("{}:{{rate}}:{who}", self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn every_key_of_a_queue_shares_one_hash_tag() {
        let keys = Keys::new("mosaic:v1");
        for key in [
            keys.lane("runs", Lane::High),
            keys.delayed("runs"),
            keys.delayed_jobs("runs"),
            keys.dead("runs"),
            keys.once("runs", "key"),
            keys.paused("runs"),
        ] {
            assert!(key.starts_with("mosaic:v1:{q:runs}:"), "{key}");
        }
        for key in keys.of_queue("runs").0.iter() {
            assert!(key.starts_with("mosaic:v1:{q:runs}:"), "{key}");
        }
    }

    #[test]
    fn a_runs_log_is_found_by_its_id() {
        let run = RunId::new(Uuid::from_u128(1));
        assert_eq!(
            Keys::new("mosaic:v1").run(run),
            "mosaic:v1:{run:00000000-0000-0000-0000-000000000001}"
        );
    }
}
