use std::collections::HashSet;

use mosaic_domain::Scope;
use mosaic_storage::{MemoryFilter, VectorQuery};

use crate::support::Stage;

/// Fills in memories with vectors of 384 dimensions: a point at an angle of `spread * n / count` in the first plane, so
/// that the order of distances is known. The index is made afterwards, which is quicker.
async fn fill(stage: &Stage, scope: Scope, count: u32, from: f64, to: f64) {
    let (workspace, user) = (scope.workspace_id, scope.user_id);
    stage
        .sql(&format!(
            "WITH made AS (
                 INSERT INTO memories (id, workspace_id, user_id, kind, role, content, chunked)
                 SELECT gen_random_uuid(), '{workspace}', '{user}', 'note', 'user', 'n' || n, true
                 FROM generate_series(1, {count}) AS n RETURNING id, content
             ), cut AS (
                 INSERT INTO memory_chunks (id, memory_id, workspace_id, user_id, ordinal, content)
                 SELECT id, id, '{workspace}', '{user}', 0, content FROM made
                 RETURNING id, substr(content, 2)::int AS n
             )
             INSERT INTO memory_vectors (chunk_id, workspace_id, user_id, model, dimension, embedding)
             SELECT id, '{workspace}', '{user}', 'm/1', 384,
                    (ARRAY[cos(angle), sin(angle)] || array_fill(0::float8, ARRAY[382]))::vector
             FROM (SELECT id, {from} + ({to} - {from}) * n / {count} AS angle FROM cut) AS points"
        ))
        .await;
}

#[tokio::test]
async fn results_are_complete_although_everybody_elses_vectors_are_nearer() {
    let stage = Stage::set().await;
    let bob = stage.stranger().await;
    stage.sql("DROP INDEX memory_vectors_384").await;
    // All of Bob's vectors are nearer to the question than any of Ada's; Carl has few.
    fill(&stage, bob, 6_000, 0.0, 0.5).await;
    fill(&stage, stage.ada, 5_000, 0.6, 1.5).await;
    let carl = Scope {
        workspace_id: stage.ada.workspace_id,
        user_id: bob.user_id,
    };
    fill(&stage, carl, 30, 0.6, 1.5).await;
    stage
        .sql(
            "CREATE INDEX memory_vectors_384 ON memory_vectors
             USING hnsw ((embedding::vector(384)) vector_cosine_ops) WHERE dimension = 384;
             ANALYZE",
        )
        .await;
    let mut question = vec![0.0_f32; 384];
    question[0] = 1.0;
    let query = VectorQuery {
        model: "m/1",
        vector: &question,
    };
    let none = MemoryFilter::default();
    let other = MemoryFilter {
        exclude_conversation_id: Some(uuid::Uuid::now_v7().into()),
        ..none
    };
    // The index is approximate; the scan is not.
    for (scope, filter, least) in [
        (stage.ada, none, 12),
        (stage.ada, other, 12),
        (carl, none, 20),
    ] {
        let search = stage
            .storage
            .search_memory_vectors(scope, query, &filter, 20);
        let hits = search.await.unwrap();
        assert_eq!(hits.len(), 20);
        let chunks: Vec<_> = hits.iter().map(|hit| hit.chunk_id).collect();
        let texts = stage.storage.found_chunks(scope, &chunks).await.unwrap();
        let numbers: HashSet<u32> = texts
            .iter()
            .map(|one| one.text[1..].parse().unwrap())
            .collect();
        let near = numbers.iter().filter(|number| **number <= 20).count();
        assert!(near >= least, "{near} of the nearest 20 were found");
        assert!(
            hits.windows(2)
                .all(|pair| pair[0].similarity >= pair[1].similarity)
        );
    }
}

#[tokio::test]
async fn a_filter_that_leaves_few_of_many_still_finds_all_of_them() {
    let stage = Stage::set().await;
    stage.sql("DROP INDEX memory_vectors_384").await;
    fill(&stage, stage.ada, 4_500, 0.0, 1.5).await;
    stage.sql("UPDATE memories SET created_at = '2020-01-01' WHERE content IN ('n4400', 'n4450', 'n4499')").await;
    stage
        .sql(
            "CREATE INDEX memory_vectors_384 ON memory_vectors
             USING hnsw ((embedding::vector(384)) vector_cosine_ops) WHERE dimension = 384;
             ANALYZE",
        )
        .await;
    let mut question = vec![0.0_f32; 384];
    question[0] = 1.0;
    let query = VectorQuery {
        model: "m/1",
        vector: &question,
    };
    let old = MemoryFilter {
        until: chrono::DateTime::from_timestamp(1_600_000_000, 0),
        ..MemoryFilter::default()
    };
    let hits = stage
        .storage
        .search_memory_vectors(stage.ada, query, &old, 10)
        .await
        .unwrap();
    assert_eq!(hits.len(), 3);
}
