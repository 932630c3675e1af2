//! Whose account is whose.

use mosaic_storage::{Actor, LinkCodeMaking, MadeWith, NewState, Redeemed, UserState};

use crate::support::{ACCOUNT, CHANNEL, LEASE, Stage};

#[tokio::test]
async fn an_account_stays_with_whoever_it_belongs_to_whosever_code_it_shows() {
    let stage = Stage::set().await;
    let linked = stage.link().await;
    let hold = stage.hold().await;
    match stage.redeem(stage.bob).await {
        Redeemed::Taken(owner) => assert_eq!(owner, linked),
        other => panic!("{other:?}"),
    }
    let links = stage.storage.channel_links(stage.ada, None).await.unwrap();
    assert_eq!(links.len(), 1);
    assert_eq!(links[0].external_user_id, ACCOUNT);
    let none = stage.storage.channel_links(stage.bob, None).await.unwrap();
    assert_eq!(none, []);
    let mut update = stage.update().await;
    assert_eq!(update.sender(ACCOUNT).await.unwrap(), Some(linked.clone()));
    update.commit().await.unwrap();
    // Their chat went on as well.
    assert!(stage.storage.is_chat_held(&hold).await.unwrap());

    // A code of one's own changes nothing but the name that is shown.
    match stage.redeem(stage.ada).await {
        Redeemed::Linked(again) => assert_eq!(again.link_id, linked.link_id),
        other => panic!("{other:?}"),
    }
    stage.unlink(&linked).await;
    match stage.redeem(stage.bob).await {
        Redeemed::Linked(sender) => assert_eq!(sender.scope, stage.bob),
        other => panic!("{other:?}"),
    }
    let links = stage
        .storage
        .channel_links(stage.bob, Some(CHANNEL))
        .await
        .unwrap();
    assert_eq!(links.len(), 1);
}

#[tokio::test]
async fn an_account_of_somebody_who_is_kept_out_speaks_for_nobody_until_they_are_let_in() {
    let stage = Stage::set().await;
    let linked = match stage.redeem(stage.bob).await {
        Redeemed::Linked(sender) => sender,
        other => panic!("{other:?}"),
    };
    let hold = stage.hold().await;
    stage.say("hello").await;
    let by = Actor {
        workspace_id: stage.ada.workspace_id,
        user_id: Some(stage.ada.user_id),
        name: "Ada".to_owned(),
        address: None,
    };
    for (state, sender) in [
        (UserState::Banned, None),
        (UserState::Active, Some(linked.clone())),
    ] {
        let new = NewState {
            user_id: stage.bob.user_id,
            home: stage.ada.workspace_id,
            state,
            reason: None,
            shown: "banned",
        };
        let set = stage.storage.set_user_state(&new, &by, |_| Ok::<_, ()>(()));
        set.await.unwrap();
        let mut update = stage.update().await;
        assert_eq!(update.sender(ACCOUNT).await.unwrap(), sender);
        update.commit().await.unwrap();
        // What was to be shown there when they were shut out is not made up for.
        let next = stage.storage.next_delivery(&hold).await.unwrap();
        assert_eq!(next, None);
    }
}

#[tokio::test]
async fn whoever_is_signed_out_in_this_moment_leaves_no_code_behind() {
    let stage = Stage::set().await;
    let token = stage.storage.tokens(stage.ada).await.unwrap()[0].id;
    let made = async |hash: [u8; 32]| {
        let with = MadeWith::Token(token);
        let made = stage
            .storage
            .create_link_code(stage.ada, with, CHANNEL, &hash, LEASE, 1);
        made.await.unwrap()
    };
    let ends = "UPDATE api_tokens SET expires_at = now() + interval '1 day'";
    stage.database.execute(ends).await.unwrap();
    assert_eq!(made([1; 32]).await, LinkCodeMaking::Ended);
    let lasts = "UPDATE api_tokens SET expires_at = NULL";
    stage.database.execute(lasts).await.unwrap();
    assert!(matches!(made([2; 32]).await, LinkCodeMaking::Done(_)));
    assert_eq!(made([3; 32]).await, LinkCodeMaking::TooMany);
    assert!(stage.storage.revoke_token(token).await.unwrap());
    assert_eq!(made([4; 32]).await, LinkCodeMaking::Ended);
    let codes = "SELECT count(*) FROM channel_link_codes";
    assert_eq!(stage.database.number(codes).await.unwrap(), 1);
}
