//! What it costs a request to know who asks: the same route, which looks nothing up, with a token, with a session, and refused
//! without either. One after the other on one connection each, in turns.

use std::net::SocketAddr;
use std::time::Instant;

use http::Method;
use http::header::{AUTHORIZATION, COOKIE, HeaderName};
use serde::Serialize;

use super::login::sign_in;
use super::options::Options;
use super::person::Person;
use crate::http::Client;
use crate::measure::{Latencies, Quantiles};

/// Answered from what the gateway has read at its start.
const ROUTE: &str = "/api/agents";
/// Requests of one kind before the next has its turn.
const TURN: u32 = 50;

/// One round, in milliseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Requests {
    pub(super) with_token: Quantiles,
    pub(super) with_session: Quantiles,
    /// Refused: all of the way but knowing who asks.
    pub(super) of_nobody: Quantiles,
}

/// One kind of request.
struct Kind {
    client: Client,
    headers: Vec<(HeaderName, String)>,
    status: u16,
    latencies: Latencies,
}

impl Kind {
    fn new(
        gateway: SocketAddr,
        header: Option<(HeaderName, String)>,
        status: u16,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            client: Client::new(gateway),
            headers: header.into_iter().collect(),
            status,
            latencies: Latencies::new()?,
        })
    }

    async fn turn(&mut self) -> anyhow::Result<()> {
        let headers = self.headers.iter();
        let headers: Vec<_> = headers
            .map(|(name, value)| (name.clone(), value.as_str()))
            .collect();
        for _ in 0..TURN {
            let began = Instant::now();
            let answer = self.client.ask(Method::GET, ROUTE, &headers, String::new());
            let answer = answer.await?;
            let status = answer.status;
            answer.whole().await?;
            self.latencies.record(began.elapsed());
            anyhow::ensure!(status == self.status, "{ROUTE}: {status}");
        }
        Ok(())
    }
}

impl Requests {
    pub(super) async fn round(
        options: &Options,
        gateway: SocketAddr,
        person: &Person,
    ) -> anyhow::Result<Self> {
        let (_, cookie) = sign_in(&mut Client::new(gateway), person).await?;
        let bearer = format!("Bearer {}", person.token);
        let mut kinds = [
            Kind::new(gateway, Some((AUTHORIZATION, bearer)), 200)?,
            Kind::new(gateway, Some((COOKIE, cookie)), 200)?,
            Kind::new(gateway, None, 401)?,
        ];
        let began = Instant::now();
        while began.elapsed() < options.round() * 3 {
            for kind in &mut kinds {
                kind.turn().await?;
            }
        }
        let [token, session, nobody] = kinds.map(|kind| kind.latencies.quantiles());
        Ok(Self {
            with_token: token,
            with_session: session,
            of_nobody: nobody,
        })
    }
}
