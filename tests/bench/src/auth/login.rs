//! Signing in with a password, beside the bare verification of its hash: one after the other, in turns.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use http::Method;
use mosaic_identity::{Verdict, verify_password};
use secrecy::SecretString;
use serde::Serialize;
use serde_json::json;

use super::options::Options;
use super::person::Person;
use crate::http::Client;
use crate::measure::{Latencies, Quantiles};

/// One round, in milliseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Logins {
    pub(super) signed_in: Quantiles,
    pub(super) bare_hash: Quantiles,
}

impl Logins {
    pub(super) async fn round(
        options: &Options,
        gateway: SocketAddr,
        person: &Person,
    ) -> anyhow::Result<Self> {
        let mut client = Client::new(gateway);
        let (mut signed_in, mut bare_hash) = (Latencies::new()?, Latencies::new()?);
        for _ in 0..options.logins() {
            bare_hash.record(verify(person).await?);
            signed_in.record(sign_in(&mut client, person).await?.0);
        }
        Ok(Self {
            signed_in: signed_in.quantiles(),
            bare_hash: bare_hash.quantiles(),
        })
    }
}

/// Verifies the password as the gateway does, on a thread that may block.
async fn verify(person: &Person) -> anyhow::Result<Duration> {
    let (password, hash) = (SecretString::from(person.password), person.hash.clone());
    let began = Instant::now();
    let verdict = tokio::task::spawn_blocking(move || verify_password(&password, Some(&hash)));
    anyhow::ensure!(verdict.await?? == Verdict::Right, "the password is wrong");
    Ok(began.elapsed())
}

/// Signs somebody in: how long it took, and the cookie as a browser sends it back.
pub(super) async fn sign_in(
    client: &mut Client,
    person: &Person,
) -> anyhow::Result<(Duration, String)> {
    let body = json!({"email": person.email, "password": person.password}).to_string();
    let began = Instant::now();
    let answer = client.ask(Method::POST, "/api/session", &[], body).await?;
    let (status, cookie) = (answer.status, answer.cookie.clone());
    let text = answer.whole().await?;
    let took = began.elapsed();
    let text = String::from_utf8_lossy(&text);
    anyhow::ensure!(status == 201, "signing in: {status}: {text}");
    let cookie = cookie.context("no cookie")?;
    let (pair, _) = cookie.to_str()?.split_once(';').context("no attributes")?;
    Ok((took, pair.to_owned()))
}
