//! Which life of Valkey this is.

use uuid::Uuid;

use super::{BoxError, Outbox};
use crate::connection::Bus;
use crate::script;

/// A life of Valkey, as Valkey names it and the outbox numbers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Life {
    name: String,
    pub(crate) number: i64,
}

impl Life {
    /// The present one. The outbox is asked for its number unless the name is that of `known`.
    pub(crate) async fn present(
        bus: &Bus,
        outbox: &(impl Outbox + ?Sized),
        known: Option<&Self>,
    ) -> Result<Self, BoxError> {
        Self::named(name(bus).await?, outbox, known).await
    }

    /// The one of this name.
    pub(super) async fn named(
        name: String,
        outbox: &(impl Outbox + ?Sized),
        known: Option<&Self>,
    ) -> Result<Self, BoxError> {
        match known {
            Some(life) if life.name == name => Ok(life.clone()),
            _ => {
                let number = outbox.enter(&name).await?;
                Ok(Self { name, number })
            }
        }
    }

    /// Whether it has this name.
    pub(super) fn is(&self, name: &str) -> bool {
        self.name == name
    }
}

/// The name of the present life, given now if it has none.
pub(super) async fn name(bus: &Bus) -> Result<String, BoxError> {
    let run_id = bus.server().await?.run_id;
    let key = bus.keys().incarnation();
    let mut get = redis::cmd("GET");
    get.arg(&key);
    let name: Option<String> = bus.command("read the incarnation", &get).await?;
    if let Some(name) = name.filter(|name| name.starts_with(&run_id)) {
        return Ok(name);
    }
    let mut call = script::INCARNATE.key(key);
    let fresh = format!("{run_id}/{}", Uuid::new_v4().simple());
    call.arg(&run_id).arg(fresh);
    Ok(bus.script("name the incarnation", &call).await?)
}
