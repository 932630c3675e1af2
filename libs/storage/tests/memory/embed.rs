use std::time::Duration;

use mosaic_domain::ChunkId;

use crate::support::Stage;

const LEASE: Duration = Duration::from_secs(30);

async fn notes(stage: &Stage, count: usize) {
    for number in 0..count {
        stage
            .note(stage.ada, None, &format!("note {number}"))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn each_chunk_is_leased_to_one_replica_until_it_has_a_vector() {
    let stage = Stage::set().await;
    notes(&stage, 5).await;
    let storage = &stage.storage;
    let (one, two) = tokio::join!(
        storage.lease_pending_chunks("m/1", LEASE, 3),
        storage.lease_pending_chunks("m/1", LEASE, 3),
    );
    let mut ids: Vec<ChunkId> = one
        .unwrap()
        .into_iter()
        .chain(two.unwrap())
        .map(|chunk| chunk.id)
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5);
    assert_eq!(storage.pending_chunks("m/1").await.unwrap(), 5);
    let vectors: Vec<_> = ids.iter().map(|id| (*id, vec![0.5, 0.5, 0.5])).collect();
    assert_eq!(storage.store_vectors("m/1", 3, &vectors).await.unwrap(), 5);
    assert_eq!(storage.pending_chunks("m/1").await.unwrap(), 0);
    assert!(
        storage
            .lease_pending_chunks("m/1", LEASE, 3)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_lease_that_ran_out_or_was_given_back_is_taken_by_the_next() {
    let stage = Stage::set().await;
    notes(&stage, 2).await;
    let storage = &stage.storage;
    let lease = async |limit| {
        storage
            .lease_pending_chunks("m/1", LEASE, limit)
            .await
            .unwrap()
    };
    let first = lease(1).await;
    let second = lease(1).await;
    assert!(lease(2).await.is_empty());
    storage.release_chunks(&[first[0].id]).await.unwrap();
    assert_eq!(lease(2).await, first);
    stage
        .sql("UPDATE memory_vectors SET leased_until = now() - interval '1 second'")
        .await;
    let mut again = lease(2).await;
    again.sort_by_key(|chunk| chunk.id);
    assert_eq!(again, [first, second].concat());
}

#[tokio::test]
async fn after_a_change_of_the_model_or_its_dimension_everything_is_pending_again() {
    let stage = Stage::set().await;
    notes(&stage, 2).await;
    let storage = &stage.storage;
    let leased = storage.lease_pending_chunks("m/1", LEASE, 2).await.unwrap();
    let vectors: Vec<_> = leased
        .iter()
        .map(|chunk| (chunk.id, vec![1.0, 0.0]))
        .collect();
    storage.store_vectors("m/1", 2, &vectors).await.unwrap();
    for other in ["a/1", "z/1"] {
        assert_eq!(storage.pending_chunks(other).await.unwrap(), 2);
        let again = storage
            .lease_pending_chunks(other, Duration::ZERO, 5)
            .await
            .unwrap();
        assert_eq!(again.len(), 2);
    }
    assert_eq!(storage.drop_other_dimensions("m/1", 2).await.unwrap(), 0);
    assert_eq!(storage.drop_other_dimensions("m/1", 3).await.unwrap(), 2);
    assert_eq!(storage.pending_chunks("m/1").await.unwrap(), 2);
}

#[tokio::test]
async fn a_text_that_the_model_refuses_holds_up_nobody_and_another_model_tries_it_again() {
    let stage = Stage::set().await;
    notes(&stage, 1).await;
    let storage = &stage.storage;
    let leased = storage.lease_pending_chunks("m/1", LEASE, 1).await.unwrap();
    storage
        .give_up_vectors("m/1", &[leased[0].id])
        .await
        .unwrap();
    assert_eq!(storage.pending_chunks("m/1").await.unwrap(), 0);
    assert_eq!(storage.pending_chunks("m/2").await.unwrap(), 1);
}
