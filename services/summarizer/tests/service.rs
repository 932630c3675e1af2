//! The service on real Postgres and Valkey.

#![cfg(test)]

#[path = "service/archive.rs"]
mod archive;
#[path = "service/compaction.rs"]
mod compaction;
#[path = "service/cost.rs"]
mod cost;
#[path = "service/session.rs"]
mod session;
#[path = "service/stage.rs"]
mod stage;

use mosaic_summarizer::Summarizer;
use mosaic_testkit::event_service;

#[tokio::test(flavor = "multi_thread")]
async fn it_becomes_ready_is_registered_and_stops_within_its_grace() -> anyhow::Result<()> {
    event_service::becomes_ready_and_stops::<Summarizer>().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_delivered_twice_is_counted_once() -> anyhow::Result<()> {
    event_service::counts_an_event_once::<Summarizer>().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_valkey_that_restarts_empty_is_survived() -> anyhow::Result<()> {
    event_service::survives_an_empty_valkey::<Summarizer>().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_schema_is_refused_with_what_to_run() -> anyhow::Result<()> {
    event_service::refuses_a_database_without_schema::<Summarizer>().await
}
