//! Makes one of each thing, as its owner would: over the API.

use anyhow::Context as _;
use mosaic_isolation::Thing;
use mosaic_proto::job::{Job, RUNS_QUEUE};
use mosaic_runtime::clock;
use mosaic_testkit::service::eventually;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::people::{Person, person};
use crate::stage::{HANGS, Stage};

/// Everything that the holder says, names or has remembered has this in it.
pub(crate) const SAID: &str = "marked-said";
/// Everything that is named in workspace A has this in it.
pub(crate) const KNOWN: &str = "marked-known";

/// The text of a field.
pub(crate) fn text(value: &Value, field: &str) -> anyhow::Result<String> {
    let found = value[field].as_str();
    Ok(found
        .with_context(|| format!("no {field} in {value}"))?
        .to_owned())
}

/// Something different each time.
pub(crate) fn unique() -> String {
    Uuid::now_v7().simple().to_string()
}

impl Stage {
    /// One more of these, which nobody else asks for; none of those that cannot be spent.
    pub(crate) async fn fresh(&self, thing: Thing) -> anyhow::Result<Option<String>> {
        let (holder, owner) = (&self.people.holder, &self.people.owner);
        Ok(Some(match thing {
            Thing::Conversation => self.answered(holder).await?.0,
            Thing::Run => self.answered(holder).await?.1,
            Thing::RunningRun => self.hanging(holder).await?.1,
            Thing::PausedRun => self.paused(holder).await?,
            Thing::Memory => self.remembered(holder).await?,
            Thing::Link => self.linked(holder, account()).await?,
            Thing::Chat => self.mapped(owner).await?,
            Thing::DeadJob => self.dead_job(owner).await?,
            Thing::Session => self.session(holder).await?,
            Thing::Token => self.token(holder).await?,
            Thing::Identity => self.identity(holder).await?,
            Thing::LoginRequest => self.login_request().await?.0,
            Thing::LoginCode => self.login_request().await?.1,
            Thing::Spare => self.spare().await?.id.to_string(),
            Thing::Team => self.team(owner).await?,
            Thing::Invitation => self.invitation(owner).await?.0,
            Thing::InvitationSecret => self.invitation(owner).await?.1,
            _ => return Ok(None),
        }))
    }

    /// A conversation in which something was said and answered, and the run that did.
    pub(crate) async fn answered(&self, who: &Person) -> anyhow::Result<(String, String)> {
        let (conversation, run) = self.said(who, "a word").await?;
        self.reaches(who, &run, "completed").await?;
        Ok((conversation, run))
    }

    /// A conversation whose run does not end, and that run.
    pub(crate) async fn hanging(&self, who: &Person) -> anyhow::Result<(String, String)> {
        self.said(who, HANGS).await
    }

    async fn said(&self, who: &Person, word: &str) -> anyhow::Result<(String, String)> {
        let (title, content) = (
            json!({"title": format!("{SAID} title {}", unique())}),
            json!({"content": format!("{SAID} {word} {}", unique())}),
        );
        let conversation = self.post(who, "/api/conversations", &title).await?;
        let conversation = text(&conversation, "id")?;
        let path = format!("/api/conversations/{conversation}/messages");
        let accepted = self.post(who, &path, &content).await?;
        Ok((conversation, text(&accepted, "runId")?))
    }

    async fn paused(&self, who: &Person) -> anyhow::Result<String> {
        let (_, run) = self.hanging(who).await?;
        let reason = json!({"reason": "for a while"});
        self.post(who, &format!("/api/runs/{run}/pause"), &reason)
            .await?;
        Ok(run)
    }

    /// Waits until a run is in this state.
    pub(crate) async fn reaches(&self, who: &Person, run: &str, state: &str) -> anyhow::Result<()> {
        eventually(state, async || {
            let found = self.get(who, &format!("/api/runs/{run}")).await.ok()?;
            (found["state"] == state).then_some(())
        })
        .await
    }

    pub(crate) async fn remembered(&self, who: &Person) -> anyhow::Result<String> {
        let note = json!({"content": format!("{SAID} note {}", unique())});
        text(&self.post(who, "/api/memory", &note).await?, "id")
    }

    /// Links an account of Telegram and says by which id.
    pub(crate) async fn linked(&self, who: &Person, account: i64) -> anyhow::Result<String> {
        let made = self
            .post(who, "/api/channels/telegram/links", &json!({}))
            .await?;
        let said = json!({
            "text": format!("/link {}", text(&made, "code")?),
            "from": {"id": account, "is_bot": false, "first_name": format!("{SAID} {account}")},
        });
        let _ = self.bot.update(account, &said);
        eventually("the account to be linked", async || {
            let channels = self.get(who, "/api/channels").await.ok()?;
            let links = channels["items"][0]["links"].as_array()?;
            let named = |link: &&Value| link.to_string().contains(&account.to_string());
            text(links.iter().find(named)?, "id").ok()
        })
        .await
    }

    async fn mapped(&self, who: &Person) -> anyhow::Result<String> {
        let chat = account().to_string();
        let mapping = json!({"chat": chat, "agent": "sherlock"});
        let path = "/api/channels/telegram/mappings";
        self.ask(who, Method::PUT, path, Some(&mapping)).await?;
        Ok(chat)
    }

    /// A job of workspace A whose data no worker can read.
    async fn dead_job(&self, who: &Person) -> anyhow::Result<String> {
        let mark = format!("{KNOWN} {}", unique());
        let job = Job {
            id: clock::id(),
            queue: RUNS_QUEUE.to_owned(),
            workspace_id: who.workspace.to_string().parse()?,
            priority: 5,
            created_at: clock::now(),
            ordering_key: None,
            idempotency_key: None,
            not_before: None,
            traceparent: None,
            data: format!("{{\"{mark}"),
        };
        self.bus.queue(RUNS_QUEUE).push(&[job]).await?;
        eventually("a dead job", async || {
            let page = self.get(who, "/api/queues/runs/dead").await.ok()?;
            let letters = page["items"].as_array()?;
            let own = |letter: &&Value| letter["job"].to_string().contains(&mark);
            text(letters.iter().find(own)?, "entryId").ok()
        })
        .await
    }

    /// One more browser of theirs.
    async fn session(&self, who: &Person) -> anyhow::Result<String> {
        let path = "/api/session";
        self.post(who, path, &json!({"token": who.token})).await?;
        let list = self.get(who, "/api/sessions").await?;
        let sessions = list["items"].as_array().context("sessions")?;
        let newest = sessions
            .iter()
            .max_by_key(|one| one["createdAt"].to_string());
        text(newest.context("a session")?, "id")
    }

    async fn token(&self, who: &Person) -> anyhow::Result<String> {
        let wanted = json!({"name": format!("{KNOWN} token"), "scopes": ["read"]});
        text(&self.post(who, "/api/tokens", &wanted).await?, "id")
    }

    /// Who they are at a provider, as a sign-in there would leave it.
    async fn identity(&self, who: &Person) -> anyhow::Result<String> {
        let id = Uuid::now_v7();
        let insert = format!(
            "INSERT INTO oidc_identities (id, user_id, provider, issuer, subject)
             VALUES ('{id}', '{}', 'nowhere', 'https://nowhere.example', '{SAID} {id}')",
            who.id
        );
        self.database.execute(&insert).await?;
        Ok(id.to_string())
    }

    /// A program that asks for a token: its request, and the code that it shows.
    async fn login_request(&self) -> anyhow::Result<(String, String)> {
        let name = json!({"name": "A program"});
        let made = self
            .post(&self.people.holder, "/api/login-requests", &name)
            .await?;
        Ok((text(&made, "id")?, text(&made, "code")?))
    }

    /// A team of workspace A with the holder in it.
    async fn team(&self, who: &Person) -> anyhow::Result<String> {
        let name = json!({"name": format!("{KNOWN} team {}", unique())});
        let id = text(&self.post(who, "/api/teams", &name).await?, "id")?;
        let path = format!("/api/teams/{id}/members/{}", self.people.holder.id);
        let role = json!({"role": "member"});
        self.ask(who, Method::PUT, &path, Some(&role)).await?;
        Ok(id)
    }

    /// An open invitation to workspace A, and its secret.
    pub(crate) async fn invitation(&self, who: &Person) -> anyhow::Result<(String, String)> {
        let wanted =
            json!({"email": format!("{KNOWN}-{}@example.org", unique()), "role": "member"});
        let made = self.post(who, "/api/invitations", &wanted).await?;
        Ok((text(&made, "id")?, text(&made, "secret")?))
    }

    /// A member of workspace A whom nobody would miss.
    pub(crate) async fn spare(&self) -> anyhow::Result<Person> {
        let home = self.people.owner.workspace;
        person(&self.database, home, "member", "Sam").await
    }
}

/// The number of an account of Telegram that nobody has yet.
pub(crate) fn account() -> i64 {
    let random = Uuid::new_v4().as_u128() % 1_000_000_000;
    1_000_000_000 + i64::try_from(random).unwrap_or_default()
}
