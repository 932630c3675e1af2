//! Memory as agents have it: reminded of what fits before a turn begins, and with tools to search and save by themselves.
//!
//! Whatever a run is shown is recorded first, so that forgetting a memory also reaches what the run made of it. Memory
//! fails no run: without the indexer there are no reminders, and the tools say why they cannot help.

mod recall;
mod save;
mod search;
mod shown;

use std::sync::Arc;

use mosaic_agent::{Oblivion, Recall};
use mosaic_bus::RelayHandle;
use mosaic_config::MemoryConfig;
use mosaic_service::Peers;
use mosaic_storage::Storage;
use mosaic_tools::Toolbox;

use recall::Reminding;
use save::MemorySave;
use search::MemorySearch;
use shown::Shown;

/// What memory stands on.
#[derive(Debug, Clone)]
pub(crate) struct Memory {
    pub(crate) storage: Storage,
    pub(crate) peers: Peers,
    pub(crate) relay: RelayHandle,
}

impl Memory {
    /// Gives agents the tools.
    pub(crate) fn equip(&self, toolbox: &mut Toolbox) {
        toolbox.add(Arc::new(MemorySearch(self.shown())));
        toolbox.add(Arc::new(MemorySave {
            storage: self.storage.clone(),
            relay: self.relay.clone(),
        }));
    }

    /// Who reminds runs, if the configuration wants that.
    pub(crate) fn recall(&self, config: &MemoryConfig) -> Arc<dyn Recall> {
        if !config.recall {
            return Arc::new(Oblivion);
        }
        Arc::new(Reminding {
            memory: self.shown(),
            tokens: config.recall_tokens,
            patience: config.recall_time(),
        })
    }

    fn shown(&self) -> Shown {
        Shown {
            storage: self.storage.clone(),
            peers: self.peers.clone(),
        }
    }
}
