//! Who may write to a chat.

use mosaic_storage::{ChatClaim, DeliveryEnd, PostPlace};

use crate::support::{ACCOUNT, CHANNEL, LEASE, Stage};

#[tokio::test]
async fn a_hold_from_before_a_chat_was_unlinked_holds_nothing_of_the_chat_that_is_linked_again() {
    let stage = Stage::set().await;
    let storage = &stage.storage;
    let linked = stage.link().await;
    let old = stage.hold().await;
    stage.unlink(&linked).await;
    assert!(!storage.is_chat_held(&old).await.unwrap());
    stage.link().await;
    stage.say("hello").await;
    let new = stage.hold().await;
    assert_eq!(new.epoch, old.epoch, "the count began anew");
    assert_ne!(new.holder, old.holder);

    let delivery = storage.next_delivery(&new).await.unwrap().unwrap();
    let place = PostPlace {
        piece: "notice".to_owned(),
        part: 0,
    };
    assert!(!storage.renew_chat(&old, LEASE).await.unwrap());
    assert!(!storage.is_chat_held(&old).await.unwrap());
    assert!(!storage.begin_post(&old, delivery.id, &place).await.unwrap());
    let end = DeliveryEnd::Failed("by somebody else".to_owned());
    assert!(!storage.end_delivery(&old, &delivery, &end).await.unwrap());
    storage.block_chat(&old).await.unwrap();
    storage.release_chat(&old).await.unwrap();

    let blocked = "SELECT count(*) FROM channel_chats WHERE blocked_at IS NOT NULL";
    assert_eq!(stage.database.number(blocked).await.unwrap(), 0);
    let claim = storage.claim_chat(CHANNEL, ACCOUNT, LEASE).await.unwrap();
    assert_eq!(claim, ChatClaim::Held, "nobody let go of it");
    assert!(storage.renew_chat(&new, LEASE).await.unwrap());
    assert!(storage.begin_post(&new, delivery.id, &place).await.unwrap());
    let done = DeliveryEnd::Done;
    assert!(storage.end_delivery(&new, &delivery, &done).await.unwrap());
}

#[tokio::test]
async fn every_claim_of_a_chat_is_another_holder() {
    let stage = Stage::set().await;
    stage.link().await;
    let first = stage.hold().await;
    stage.storage.release_chat(&first).await.unwrap();
    let second = stage.hold().await;
    assert_eq!(second.epoch, first.epoch + 1);
    assert_ne!(second.holder, first.holder);
    assert!(!stage.storage.renew_chat(&first, LEASE).await.unwrap());
}
