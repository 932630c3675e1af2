//! The calls about task queues.

use reqwest::Method;
use serde_json::{Map, Value, json};
use url::Url;

use crate::{
    Client, DeadJob, Drained, Items, Job, Page, QueueStatus, QueuedJob, RebuiltQueue, Result,
    Retried,
};

impl Client {
    /// The task queues.
    pub async fn queues(&self) -> Result<Items<QueueStatus>> {
        self.get(self.route(&["api", "queues"])).await
    }

    /// One task queue.
    pub async fn queue(&self, queue: &str) -> Result<QueueStatus> {
        self.get(self.of_queue(queue, &[])).await
    }

    /// Jobs that wait or are in work, all of them or those of one lane (or `delayed`, `ordered`).
    pub async fn peek_queue(
        &self,
        queue: &str,
        lane: Option<&str>,
        limit: u32,
    ) -> Result<Items<QueuedJob>> {
        let mut url = with_limit(self.of_queue(queue, &["jobs"]), limit);
        if let Some(lane) = lane {
            url.query_pairs_mut().append_pair("lane", lane);
        }
        self.get(url).await
    }

    /// One page of dead letters, the newest first.
    pub async fn dead_jobs(
        &self,
        queue: &str,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<Page<DeadJob>> {
        let mut url = with_limit(self.of_queue(queue, &["dead"]), limit);
        if let Some(cursor) = cursor {
            url.query_pairs_mut().append_pair("cursor", cursor);
        }
        self.get(url).await
    }

    /// Puts a dead letter back, with other data if given.
    pub async fn retry_dead_job(
        &self,
        queue: &str,
        entry: &str,
        data: Option<&Value>,
        reason: Option<&str>,
    ) -> Result<Job> {
        let mut body = with_reason(reason);
        if let Some(data) = data {
            body.insert("data".to_owned(), data.clone());
        }
        let url = self.of_queue(queue, &["dead", entry, "retry"]);
        self.call(Method::POST, url, Some(&body)).await
    }

    /// Puts the newest dead letters back, in the order in which they died.
    pub async fn retry_dead_jobs(
        &self,
        queue: &str,
        limit: u32,
        reason: Option<&str>,
    ) -> Result<Retried> {
        let mut body = with_reason(reason);
        body.insert("limit".to_owned(), limit.into());
        let url = self.of_queue(queue, &["dead", "retry"]);
        self.call(Method::POST, url, Some(&body)).await
    }

    /// Throws a dead letter away for good.
    pub async fn discard_dead_job(
        &self,
        queue: &str,
        entry: &str,
        reason: Option<&str>,
    ) -> Result<()> {
        let mut url = self.of_queue(queue, &["dead", entry]);
        if let Some(reason) = reason {
            url.query_pairs_mut().append_pair("reason", reason);
        }
        self.call_empty(Method::DELETE, url).await
    }

    /// Has a queue hand out no more jobs.
    pub async fn pause_queue(&self, queue: &str, reason: &str) -> Result<QueueStatus> {
        self.order(self.of_queue(queue, &["pause"]), reason).await
    }

    /// Has a paused queue hand out jobs again.
    pub async fn resume_queue(&self, queue: &str, reason: &str) -> Result<QueueStatus> {
        self.order(self.of_queue(queue, &["resume"]), reason).await
    }

    /// Moves everything that waits to the dead letters.
    pub async fn drain_queue(&self, queue: &str, reason: &str) -> Result<Drained> {
        self.order(self.of_queue(queue, &["drain"]), reason).await
    }

    /// Fills a queue anew from the record.
    pub async fn rebuild_queue(&self, queue: &str, reason: &str) -> Result<RebuiltQueue> {
        self.order(self.of_queue(queue, &["rebuild"]), reason).await
    }

    /// Fills all queues anew from the record.
    pub async fn rebuild_queues(&self, reason: &str) -> Result<Items<RebuiltQueue>> {
        self.order(self.route(&["api", "queues", "rebuild"]), reason)
            .await
    }

    async fn order<T: serde::de::DeserializeOwned>(&self, url: Url, reason: &str) -> Result<T> {
        self.call(Method::POST, url, Some(&json!({ "reason": reason })))
            .await
    }

    fn of_queue(&self, queue: &str, rest: &[&str]) -> Url {
        let parts = ["api", "queues", queue]
            .into_iter()
            .chain(rest.iter().copied());
        self.route(&parts.collect::<Vec<_>>())
    }
}

fn with_limit(mut url: Url, limit: u32) -> Url {
    url.query_pairs_mut()
        .append_pair("limit", &limit.to_string());
    url
}

fn with_reason(reason: Option<&str>) -> Map<String, Value> {
    let reason = reason.map(|reason| ("reason".to_owned(), reason.into()));
    reason.into_iter().collect()
}
