//! Commands to runs and workers.

use chrono::{DateTime, SecondsFormat, Utc};
use mosaic_domain::{InstanceId, RunId};
use reqwest::Method;
use serde_json::json;

use crate::{
    AuditEntry, AuditQuery, Client, Items, Killed, Page, Result, RunEntry, RunQuery, RunScope,
    Sent, Worker,
};

impl Client {
    /// One page of runs, the newest first.
    pub async fn list_runs(&self, query: &RunQuery) -> Result<Page<RunEntry>> {
        let mut url = self.route(&["api", "runs"]);
        {
            let mut pairs = url.query_pairs_mut();
            pairs
                .append_pair("scope", query.scope.as_str())
                .append_pair("limit", &query.limit.to_string());
            for (name, value) in [("state", &query.state), ("cursor", &query.cursor)] {
                if let Some(value) = value {
                    pairs.append_pair(name, value);
                }
            }
        }
        self.get(url).await
    }

    /// Pauses a run: it halts after the step in hand.
    pub async fn pause(&self, id: RunId, reason: Option<&str>) -> Result<RunEntry> {
        self.command(id, "pause", reason).await
    }

    /// Has a paused run go on.
    pub async fn resume(&self, id: RunId, reason: Option<&str>) -> Result<RunEntry> {
        self.command(id, "resume", reason).await
    }

    /// Ends a run by force.
    pub async fn kill(&self, id: RunId, reason: &str) -> Result<RunEntry> {
        self.command(id, "kill", Some(reason)).await
    }

    /// Ends every run by force that has not ended.
    pub async fn kill_all(&self, scope: RunScope, reason: &str) -> Result<Killed> {
        let body = json!({ "reason": reason, "scope": scope });
        let url = self.route(&["api", "runs", "kill"]);
        self.call(Method::POST, url, Some(&body)).await
    }

    /// Says something to a run while it goes on. Its key makes it safe to call this again after an error.
    pub async fn inject(&self, id: RunId, content: &str, key: &str) -> Result<Sent> {
        let body = json!({ "content": content, "idempotencyKey": key });
        let url = self.route(&["api", "runs", &id.to_string(), "inject"]);
        self.call(Method::POST, url, Some(&body)).await
    }

    /// The workers that execute runs.
    pub async fn workers(&self) -> Result<Items<Worker>> {
        self.get(self.route(&["api", "workers"])).await
    }

    /// Has a worker take no more runs.
    pub async fn drain_worker(&self, id: InstanceId, reason: &str) -> Result<()> {
        self.to_worker(id, "drain", reason).await
    }

    /// Has a drained worker take runs again.
    pub async fn resume_worker(&self, id: InstanceId, reason: &str) -> Result<()> {
        self.to_worker(id, "resume", reason).await
    }

    /// One page of who did what, the newest first.
    pub async fn audit(&self, query: &AuditQuery) -> Result<Page<AuditEntry>> {
        let mut url = self.route(&["api", "audit"]);
        let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        let (since, until) = (query.since.map(time), query.until.map(time));
        {
            let mut pairs = url.query_pairs_mut();
            pairs.append_pair("limit", &query.limit.to_string());
            for (name, value) in [
                ("cursor", &query.cursor),
                ("action", &query.action),
                ("actor", &query.actor),
                ("outcome", &query.outcome),
                ("since", &since),
                ("until", &until),
            ] {
                if let Some(value) = value {
                    pairs.append_pair(name, value);
                }
            }
        }
        self.get(url).await
    }

    async fn command(&self, id: RunId, what: &str, reason: Option<&str>) -> Result<RunEntry> {
        let body = reason.map_or_else(|| json!({}), |reason| json!({ "reason": reason }));
        let url = self.route(&["api", "runs", &id.to_string(), what]);
        self.call(Method::POST, url, Some(&body)).await
    }

    async fn to_worker(&self, id: InstanceId, what: &str, reason: &str) -> Result<()> {
        let url = self.route(&["api", "workers", &id.to_string(), what]);
        let body = json!({ "reason": reason });
        self.call_nothing(Method::POST, url, &body).await
    }
}
