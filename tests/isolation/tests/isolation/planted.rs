//! What belongs to the holder and to workspace A while everybody tries to get at it.

use std::collections::BTreeMap;

use anyhow::Context as _;
use mosaic_isolation::Thing;
use mosaic_testkit::service::eventually;
use serde_json::{Value, json};

use crate::fresh::{KNOWN, SAID, account, text};
use crate::markers::Markers;
use crate::stage::Stage;

/// One of everything.
#[derive(Debug)]
pub(crate) struct Planted {
    values: BTreeMap<Thing, String>,
    pub(crate) markers: Markers,
}

impl Planted {
    pub(crate) async fn plant(stage: &Stage) -> anyhow::Result<Self> {
        let mut planted = Self {
            values: BTreeMap::new(),
            markers: Markers::default(),
        };
        planted.markers.said(SAID);
        planted.markers.known(KNOWN);
        planted.people(stage);
        planted.conversations(stage).await?;
        for thing in [
            Thing::Memory,
            Thing::Chat,
            Thing::DeadJob,
            Thing::Spare,
            Thing::PausedRun,
            Thing::Team,
            Thing::Session,
            Thing::Token,
            Thing::Identity,
        ] {
            let value = stage.fresh(thing).await?;
            planted.keep(thing, value.context("it can be made")?);
        }
        for thing in [Thing::LoginRequest, Thing::LoginCode] {
            let value = stage.fresh(thing).await?;
            // Nobody's yet.
            let value = value.context("it can be made")?;
            planted.values.insert(thing, value);
        }
        let foreign = stage.people.stranger.workspace.to_string();
        planted.values.insert(Thing::ForeignWorkspace, foreign);
        let (invitation, secret) = stage.invitation(&stage.people.owner).await?;
        planted.keep(Thing::Invitation, invitation);
        planted.keep(Thing::InvitationSecret, secret);
        let link = stage.linked(&stage.people.holder, account()).await?;
        planted.keep(Thing::Link, link);
        let workers = stage.get(&stage.people.owner, "/api/workers").await?;
        let worker = text(&workers["items"][0], "id")?;
        // The installation's, and no secret of workspace A.
        planted.values.insert(Thing::Worker, worker);
        Ok(planted)
    }

    fn people(&mut self, stage: &Stage) {
        let people = &stage.people;
        self.keep(Thing::Workspace, people.owner.workspace.to_string());
        self.keep(Thing::Holder, people.holder.id.to_string());
        self.keep(Thing::Owner, people.owner.id.to_string());
        for person in [
            &people.owner,
            &people.admin,
            &people.member,
            &people.guest,
            &people.holder,
            &people.deactivated,
        ] {
            for known in [&person.name, &person.email, &person.id.to_string()] {
                self.markers.known(known);
            }
        }
    }

    /// What was said, a run that has ended, one that goes on, and a summary.
    async fn conversations(&mut self, stage: &Stage) -> anyhow::Result<()> {
        let holder = &stage.people.holder;
        let (conversation, run) = stage.answered(holder).await?;
        let path = format!("/api/conversations/{conversation}");
        let kind = json!({"kind": "session"});
        stage
            .post(holder, &format!("{path}/summaries"), &kind)
            .await?;
        let summary = eventually("a summary", async || {
            let list = stage.get(holder, &format!("{path}/summaries")).await.ok()?;
            list["items"].get(0).cloned()
        })
        .await?;
        self.markers.known(text(&summary, "id")?);
        let messages = stage.get(holder, &format!("{path}/messages")).await?;
        let messages = messages["items"].as_array().context("messages")?;
        anyhow::ensure!(messages.len() == 2, "{messages:?}");
        for message in messages {
            self.markers.known(text(message, "id")?);
        }
        self.keep(Thing::Conversation, conversation);
        self.keep(Thing::Run, run);
        let (other, running) = stage.hanging(holder).await?;
        stage.reaches(holder, &running, "running").await?;
        self.markers.known(other);
        self.keep(Thing::RunningRun, running);
        Ok(())
    }

    fn keep(&mut self, thing: Thing, value: String) {
        // The number of a chat is too short to be recognised.
        if thing != Thing::Chat {
            self.markers.known(&value);
        }
        self.values.insert(thing, value);
    }

    /// What stands for all things.
    pub(crate) fn values(&self) -> impl Iterator<Item = &String> {
        self.values.values()
    }

    /// What stands for a thing.
    pub(crate) fn value(&self, thing: Thing) -> anyhow::Result<String> {
        let value = self.values.get(&thing).cloned();
        value.with_context(|| format!("no {} was planted", thing.name()))
    }

    /// Everything of it as the holder sees it.
    pub(crate) async fn shown(&self, stage: &Stage) -> anyhow::Result<Vec<Value>> {
        let conversation = format!("/api/conversations/{}", self.value(Thing::Conversation)?);
        let paths = [
            conversation.clone(),
            format!("{conversation}/messages"),
            format!("{conversation}/runs"),
            format!("{conversation}/summaries"),
            format!("/api/runs/{}", self.value(Thing::Run)?),
            format!("/api/runs/{}", self.value(Thing::RunningRun)?),
            format!("/api/memory/{}", self.value(Thing::Memory)?),
        ];
        let mut shown = Vec::new();
        for path in paths {
            shown.push(stage.get(&stage.people.holder, &path).await?);
        }
        let channels = stage.get(&stage.people.holder, "/api/channels").await?;
        let links = channels["items"][0]["links"].as_array().cloned();
        let link = self.value(Thing::Link)?;
        let mut links = links.unwrap_or_default().into_iter();
        shown.push(
            links
                .find(|one| one["id"] == link)
                .context("the link is gone")?,
        );
        Ok(shown)
    }
}
