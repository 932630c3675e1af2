//! How soon a revoked token counts nowhere: it is used at every gateway, so that all of them remember it, then revoked at the first,
//! and used again until each refuses it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use http::Method;
use http::header::AUTHORIZATION;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::options::Options;
use super::person::Person;
use crate::http::Client;
use crate::measure::Latencies;

/// How often the token is tried.
const TRIED_EVERY: Duration = Duration::from_millis(2);
/// A token that counts for longer after it was revoked was not revoked.
const PATIENCE: Duration = Duration::from_secs(20);

/// One round, in milliseconds from the answer to the revocation.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Revocations {
    /// Half of them counted nowhere after this.
    pub(super) p50: f64,
    /// The last one.
    pub(super) most: f64,
}

impl Revocations {
    pub(super) async fn round(
        options: &Options,
        gateways: &[SocketAddr],
        person: &Person,
    ) -> anyhow::Result<Self> {
        let mut clients: Vec<_> = gateways.iter().copied().map(Client::new).collect();
        let mut latencies = Latencies::new()?;
        for _ in 0..options.revocations() {
            let revoked = revoke(&mut clients, person);
            let took = timeout(PATIENCE, revoked).await;
            latencies.record(took.context("a revoked token goes on counting")??);
        }
        Ok(Self {
            p50: latencies.quantiles().p50,
            most: latencies.most(),
        })
    }
}

async fn revoke(clients: &mut [Client], person: &Person) -> anyhow::Result<Duration> {
    let first = clients.first_mut().context("there is no gateway")?;
    let new = json!({"name": "to be revoked", "scopes": ["read"]}).to_string();
    let made = first.post("/api/tokens", &person.token, new).await?;
    anyhow::ensure!(made.status == 201, "making a token: {}", made.status);
    let made: Value = serde_json::from_slice(&made.whole().await?)?;
    let (id, token) = (text(&made, "id")?, text(&made, "token")?);
    for client in &mut *clients {
        anyhow::ensure!(counts(client, token).await?, "a new token does not count");
    }
    let first = clients.first_mut().context("there is no gateway")?;
    let path = format!("/api/tokens/{id}");
    let bearer = format!("Bearer {}", person.token);
    let headers = [(AUTHORIZATION, bearer.as_str())];
    let gone = first.ask(Method::DELETE, &path, &headers, String::new());
    let gone = gone.await?;
    anyhow::ensure!(gone.status == 204, "revoking a token: {}", gone.status);
    gone.whole().await?;
    let began = Instant::now();
    for client in clients {
        while counts(client, token).await? {
            sleep(TRIED_EVERY).await;
        }
    }
    Ok(began.elapsed())
}

async fn counts(client: &mut Client, token: &str) -> anyhow::Result<bool> {
    let answer = client.get("/api/agents", token).await?;
    let status = answer.status;
    answer.whole().await?;
    match status.as_u16() {
        200 => Ok(true),
        401 => Ok(false),
        _ => anyhow::bail!("/api/agents: {status}"),
    }
}

fn text<'a>(value: &'a Value, field: &str) -> anyhow::Result<&'a str> {
    value[field].as_str().with_context(|| field.to_owned())
}
