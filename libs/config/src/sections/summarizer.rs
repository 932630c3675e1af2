//! The service that compacts, summarises and keeps the archive of events, and when it does what.

use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::services::ServiceConfig;
use super::unset;
use crate::errors::Faults;
use crate::timetable::{InvalidTimetable, Timetable};

/// `[summarizer]`: the service that compacts conversations and summarises them.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct SummarizerConfig {
    /// gRPC: its service, health, reflection.
    pub grpc_listen: SocketAddr,
    /// `host:port` by which peers reach `grpc_listen`; the bound address when not set.
    #[serde(deserialize_with = "unset::read", serialize_with = "unset::write")]
    pub grpc_advertise: Option<String>,
    /// Probes and metrics.
    pub admin_listen: SocketAddr,
    /// `provider/model` that writes summaries; that of the conversation when not set.
    #[serde(deserialize_with = "unset::read", serialize_with = "unset::write")]
    pub model: Option<String>,
    /// Share of the model's window that a history may fill before it is compacted.
    pub compact_at: f64,
    /// Share of the window that the newest messages keep, word for word.
    pub keep_share: f64,
    /// After this much silence a conversation gets a session summary.
    pub session_idle_s: u64,
    /// When silent conversations are looked for; empty switches it off.
    pub session_schedule: String,
    /// The zone in which schedules are meant.
    pub time_zone: String,
    /// The longest summary.
    pub max_output_tokens: u32,
    /// The longest one summary may take, all calls of the model together.
    pub job_timeout_s: u64,
    /// Summaries made at the same time.
    pub concurrency: usize,
    /// For how many days events stay in the archive.
    pub event_log_days: u32,
}

impl SummarizerConfig {
    /// Where it listens.
    #[must_use]
    pub fn service(&self) -> ServiceConfig {
        ServiceConfig {
            grpc_listen: self.grpc_listen,
            grpc_advertise: self.grpc_advertise.clone(),
            admin_listen: self.admin_listen,
        }
    }

    /// After this much silence a conversation gets a session summary.
    #[must_use]
    pub const fn session_idle(&self) -> Duration {
        Duration::from_secs(self.session_idle_s)
    }

    /// The longest one summary may take.
    #[must_use]
    pub const fn job_timeout(&self) -> Duration {
        Duration::from_secs(self.job_timeout_s)
    }

    pub(crate) fn validate(&self, faults: &mut Faults) {
        faults.range("summarizer.compact_at", self.compact_at, 0.1..=0.95);
        faults.range("summarizer.keep_share", self.keep_share, 0.05..=0.5);
        faults.range(
            "summarizer.session_idle_s",
            self.session_idle_s,
            1..=31_536_000,
        );
        faults.range(
            "summarizer.max_output_tokens",
            self.max_output_tokens,
            64..=32_768,
        );
        faults.range("summarizer.job_timeout_s", self.job_timeout_s, 5..=3_600);
        faults.range("summarizer.concurrency", self.concurrency, 1..=8);
        faults.range("summarizer.event_log_days", self.event_log_days, 1..=3_650);
        if self.keep_share * 1.5 > self.compact_at {
            faults.add(
                "summarizer.keep_share",
                format!(
                    "{} is more than two thirds of compact_at ({}): there would be little to compact",
                    self.keep_share, self.compact_at
                ),
                "lower keep_share or raise summarizer.compact_at",
            );
        }
        self.validate_schedule(faults);
    }

    fn validate_schedule(&self, faults: &mut Faults) {
        // The zone is checked also when no schedule is on.
        let expression = match self.session_schedule.trim() {
            "" => "* * * * *",
            written => written,
        };
        match Timetable::parse(expression, &self.time_zone) {
            Ok(_) => {}
            Err(error @ InvalidTimetable::Zone(_)) => faults.add(
                "summarizer.time_zone",
                error.to_string(),
                "write a name of the time zone database, for example UTC or Europe/Berlin",
            ),
            Err(error @ InvalidTimetable::Expression { .. }) => faults.add(
                "summarizer.session_schedule",
                error.to_string(),
                "write minute, hour, day, month and weekday, for example `*/5 * * * *`, or leave it empty",
            ),
        }
    }
}
