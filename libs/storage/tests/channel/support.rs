//! A record, people in it, and their accounts of a channel.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::DateTime;
use mosaic_domain::{Scope, TokenId, UserId, WorkspaceId};
use mosaic_storage::{
    Actor, ChannelSender, ChannelUpdate, ChatClaim, ChatHold, LinkCodeMaking, MadeWith, NewAdmin,
    NewChannelLink, NewDelivery, Redeemed, Storage, StorageOptions,
};
use mosaic_testkit::TestDatabase;
use uuid::Uuid;

pub(crate) const CHANNEL: &str = "telegram";
/// An account, and its private chat.
pub(crate) const ACCOUNT: &str = "77";
pub(crate) const LEASE: Duration = Duration::from_mins(1);

pub(crate) struct Stage {
    pub(crate) database: TestDatabase,
    pub(crate) storage: Storage,
    pub(crate) ada: Scope,
    pub(crate) bob: Scope,
    updates: AtomicI64,
}

impl Stage {
    pub(crate) async fn set() -> Self {
        let database = TestDatabase::migrated().await.unwrap();
        let storage = Storage::connect(&StorageOptions {
            url: database.url().clone(),
            max_connections: 6,
            connect_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_mins(1),
            application: "test".to_owned(),
        })
        .await
        .unwrap();
        let ada = person(&storage, "Ada").await;
        let bob = person(&storage, "Bob").await;
        Self {
            database,
            storage,
            ada,
            bob,
            updates: AtomicI64::new(0),
        }
    }

    /// An update that nobody has seen.
    pub(crate) async fn update(&self) -> ChannelUpdate {
        let id = self.updates.fetch_add(1, Ordering::Relaxed) + 1;
        let update = self.storage.begin_channel_update(CHANNEL, id).await;
        update.unwrap().unwrap()
    }

    /// The account shows a code that was made for this person.
    pub(crate) async fn redeem(&self, scope: Scope) -> Redeemed {
        let code_hash = some_hash();
        let made = self
            .storage
            .create_link_code(scope, MadeWith::Person, CHANNEL, &code_hash, LEASE, 5)
            .await;
        assert!(matches!(made.unwrap(), LinkCodeMaking::Done(_)));
        let new = NewChannelLink {
            id: Uuid::now_v7().into(),
            code_hash,
            external_user_id: ACCOUNT.to_owned(),
            display_name: "Ada".to_owned(),
        };
        let mut update = self.update().await;
        let redeemed = update.redeem(ACCOUNT, &new).await.unwrap();
        update.commit().await.unwrap();
        redeemed
    }

    /// Links the account to Ada.
    pub(crate) async fn link(&self) -> ChannelSender {
        let linked = match self.redeem(self.ada).await {
            Redeemed::Linked(sender) => Some(sender),
            _ => None,
        };
        linked.unwrap()
    }

    pub(crate) async fn unlink(&self, sender: &ChannelSender) {
        let by = Actor {
            workspace_id: sender.scope.workspace_id,
            user_id: Some(sender.scope.user_id),
            name: sender.name.clone(),
            address: None,
        };
        let gone = self
            .storage
            .delete_channel_link(sender.scope, CHANNEL, sender.link_id, &by)
            .await;
        assert!(gone.unwrap());
    }

    /// Holds the account's chat, which nobody holds.
    pub(crate) async fn hold(&self) -> ChatHold {
        let claim = self.storage.claim_chat(CHANNEL, ACCOUNT, LEASE).await;
        let hold = match claim.unwrap() {
            ChatClaim::Claimed(hold) => Some(hold),
            _ => None,
        };
        hold.unwrap()
    }

    /// Queues a notice for the account's chat.
    pub(crate) async fn say(&self, text: &str) {
        let mut update = self.update().await;
        let delivery = NewDelivery {
            id: Uuid::now_v7().into(),
            job_id: Uuid::now_v7().into(),
            now: DateTime::UNIX_EPOCH,
            traceparent: None,
        };
        let workspace = Some(self.ada.workspace_id);
        update
            .say(workspace, ACCOUNT, text, &delivery)
            .await
            .unwrap();
        update.commit().await.unwrap();
    }
}

async fn person(storage: &Storage, name: &str) -> Scope {
    let new = NewAdmin {
        user_id: UserId::new(Uuid::now_v7()),
        name: name.to_owned(),
        workspace_id: WorkspaceId::new(Uuid::now_v7()),
        workspace: format!("{name}s"),
        token_id: TokenId::new(Uuid::now_v7()),
        token_hash: some_hash(),
    };
    storage.create_member(&new).await.unwrap().scope
}

/// 32 bytes that nothing else has.
fn some_hash() -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(Uuid::new_v4().as_bytes());
    bytes
}
