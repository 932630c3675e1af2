//! Asks providers whether those who signed in there still may.
//!
//! One gateway leads. It looks for identities that were used in a session since they were last asked about, and shows their
//! refresh token. `invalid_grant` means that the provider has taken back what it granted: the sessions of that identity end. A
//! provider that cannot be asked ends nothing until it could not be for `offline_hours`; since when is kept beside the
//! token, so that a change of the lead forgets nothing. A provider that will not answer about one of them is asked about the others.
//! All providers are asked at the same time, each for so long: one that takes its time takes a minute of the others' at the most.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use futures::future::join_all;
use mosaic_identity::{KeptRefresh, OidcError, SealedColumn, Sealer};
use mosaic_runtime::clock;
use mosaic_storage::{DueRefresh, Error, Lead, Leader, Storage};
use secrecy::ExposeSecret as _;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::{Oidc, Provider};

/// How often it looks.
const EVERY: Duration = Duration::from_secs(5);
/// Identities that are asked about in one look at one provider.
const AT_ONCE: u32 = 50;
/// A look that takes longer is given up, and with it the lead.
const PATIENCE: Duration = Duration::from_mins(5);
/// How long one provider is asked in one look. It waits for an answer only so long, so a look ends well before it is given up.
const FOR_EACH: Duration = Duration::from_mins(1);
/// How long a provider is left alone that could not be asked, or took too long.
const REST: Duration = Duration::from_secs(30);
/// After so many failures in a row a provider counts as one that cannot be asked. One failure may be about its person alone.
const IN_A_ROW: u32 = 3;

/// Asks while it leads.
pub(crate) struct Renewer {
    pub(crate) storage: Storage,
    pub(crate) oidc: Arc<Oidc>,
}

impl Renewer {
    /// Leads when it can, and asks while it does, until the stop.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let Some(sealer) = self.oidc.sealer.clone() else {
            return;
        };
        if self.oidc.providers.is_empty() {
            return;
        }
        let work = async {
            loop {
                match self.storage.lead(Lead::OidcRefresh).await {
                    Ok(Some(leader)) => {
                        let error = self.serve(leader, &sealer).await;
                        tracing::debug!(
                            error,
                            "this gateway does not ask identity providers any more"
                        );
                    }
                    Ok(None) => {}
                    Err(error) => {
                        tracing::debug!(%error, "nobody can ask identity providers now");
                    }
                }
                sleep(EVERY).await;
            }
        };
        stop.run_until_cancelled(work).await;
    }

    /// Asks until the lead is lost, and says why it is.
    async fn serve(&self, mut leader: Leader, sealer: &Sealer) -> String {
        let mut looks = interval(EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut rests = Rests::default();
        loop {
            looks.tick().await;
            let look = async {
                leader.still_leads().await?;
                let mut asked = Vec::new();
                for (name, provider) in &self.oidc.providers {
                    if !rests.rests(name) {
                        let due = self.due(name, provider).await?;
                        asked.push(
                            async move { (name, self.ask_all(provider, sealer, &due).await) },
                        );
                    }
                }
                // Each to its end: what a provider has given is kept, whatever becomes of the others.
                for (name, answered) in join_all(asked).await {
                    if !answered? {
                        rests.begin(name);
                    }
                }
                Ok::<_, Error>(())
            };
            match timeout(PATIENCE, look).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return error.to_string(),
                Err(_) => return format!("no look was done within {PATIENCE:?}"),
            }
        }
    }

    /// About whom a provider is to be asked.
    async fn due(&self, name: &str, provider: &Provider) -> Result<Vec<DueRefresh>, Error> {
        let due = self
            .storage
            .due_oidc_refreshes(name, provider.refresh, AT_ONCE);
        due.await
    }

    /// Asks a provider about everybody who is due, as long as there is time; `false` if it cannot be asked, or takes too long.
    async fn ask_all(
        &self,
        provider: &Provider,
        sealer: &Sealer,
        due: &[DueRefresh],
    ) -> Result<bool, Error> {
        let began = Instant::now();
        let (mut failures, mut answers) = (0, due.is_empty());
        for one in due {
            // Not in the middle of an answer, which may hold the only token that still counts. The others stay due.
            if began.elapsed() >= FOR_EACH {
                tracing::warn!(
                    provider = provider.client.name(),
                    "a provider takes too long to say whether those who signed in there still may"
                );
                return Ok(false);
            }
            // Whoever is due while the provider is away is written down as such without asking.
            let reachable = failures < IN_A_ROW;
            if self.ask(provider, sealer, one, reachable).await? {
                (failures, answers) = (0, true);
            } else {
                failures += 1;
            }
        }
        Ok(answers && failures < IN_A_ROW)
    }

    async fn ask(
        &self,
        provider: &Provider,
        sealer: &Sealer,
        due: &DueRefresh,
        reachable: bool,
    ) -> Result<bool, Error> {
        let column = SealedColumn::OidcRefreshToken;
        let opened = sealer.open(column, due.id.uuid(), &due.sealed);
        let kept = opened.map_err(|error| error.to_string()).and_then(|text| {
            KeptRefresh::from_bytes(text.expose_secret()).map_err(|error| error.to_string())
        });
        let kept = match kept {
            Ok(kept) => kept,
            Err(error) => {
                tracing::error!(identity = %due.id, error, "a refresh token cannot be opened; its sessions end");
                let reason = "what the provider gave cannot be opened";
                self.storage.end_oidc_sessions(due, reason).await?;
                return Ok(reachable);
            }
        };
        let (client, now) = (&provider.client, clock::now());
        let answer = if reachable {
            client.refresh(&kept.token, &due.subject, now).await
        } else {
            Err(OidcError::Unavailable("it was not asked".to_owned()))
        };
        match answer {
            Ok(refreshed) => {
                let token = refreshed.refresh_token.unwrap_or(kept.token);
                self.keep(sealer, due, &KeptRefresh::new(token), true)
                    .await?;
                Ok(true)
            }
            Err(error) if error.is_taken_back() => {
                self.end(due, "the provider does not let them in any more", &error)
                    .await?;
                Ok(true)
            }
            Err(error @ OidcError::Untrusted(_)) => {
                self.end(due, "what the provider says of them does not hold", &error)
                    .await?;
                Ok(true)
            }
            Err(error) => {
                let patience = TimeDelta::from_std(provider.offline).unwrap_or(TimeDelta::MAX);
                let since = kept.failing_since.unwrap_or(now);
                // Of whom it only says that it will not, it has been asked: they wait for their next time as others do.
                let asked = matches!(error, OidcError::Refused { .. });
                if now - since >= patience {
                    self.end(due, "the provider could not be asked for too long", &error)
                        .await?;
                } else if asked || kept.failing_since.is_none() {
                    tracing::warn!(identity = %due.id, provider = client.name(), %error, "a provider cannot be asked about somebody; their sessions go on meanwhile");
                    let failing = KeptRefresh {
                        token: kept.token,
                        failing_since: Some(since),
                    };
                    self.keep(sealer, due, &failing, asked).await?;
                }
                // Whatever else it refuses may be about the client, and nobody's fault who signed in.
                Ok(false)
            }
        }
    }

    async fn keep(
        &self,
        sealer: &Sealer,
        due: &DueRefresh,
        kept: &KeptRefresh,
        asked: bool,
    ) -> Result<(), Error> {
        let column = SealedColumn::OidcRefreshToken;
        let sealed = sealer.seal(column, due.id.uuid(), &kept.to_bytes());
        self.storage.keep_oidc_refresh(due, &sealed, asked).await
    }

    async fn end(&self, due: &DueRefresh, reason: &str, error: &OidcError) -> Result<(), Error> {
        let ended = self.storage.end_oidc_sessions(due, reason).await?;
        tracing::info!(identity = %due.id, ended, reason, %error, "sessions were ended");
        Ok(())
    }
}

/// Providers that are left alone for a while.
#[derive(Default)]
struct Rests(std::collections::HashMap<String, Instant>);

impl Rests {
    fn rests(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|since| since.elapsed() < REST)
    }

    fn begin(&mut self, name: &str) {
        self.0.insert(name.to_owned(), Instant::now());
    }
}
