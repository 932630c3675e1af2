use mosaic_domain::Scope;
use mosaic_runtime::clock;
use mosaic_storage::{NewAdmin, NewNote, StorageOptions};
use mosaic_testkit::TestDatabase;

use super::*;

/// Fails whenever a poisonous text is among those it is given, or always.
#[derive(Debug)]
struct Moody {
    kind: EmbedErrorKind,
    away: bool,
}

#[tonic::async_trait]
impl Embedder for Moody {
    fn name(&self) -> &'static str {
        "moody/1"
    }

    fn note(&self) -> Option<&str> {
        None
    }

    fn relevance_floor(&self) -> f32 {
        0.3
    }

    async fn model(&self) -> Result<EmbeddingModel, EmbedError> {
        Ok(EmbeddingModel {
            name: self.name().to_owned(),
            dimension: 2,
        })
    }

    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        if self.away || texts.iter().any(|text| text.contains("poison")) {
            return Err(EmbedError {
                kind: self.kind,
                message: "no".to_owned(),
                remedy: "none".to_owned(),
                retry_after: None,
            });
        }
        Ok(vec![vec![1.0, 0.0]; texts.len()])
    }
}

async fn stage(embedder: Moody) -> anyhow::Result<(TestDatabase, Embedding)> {
    let database = TestDatabase::migrated().await?;
    let storage = Storage::connect(&StorageOptions {
        url: database.url().clone(),
        max_connections: 2,
        connect_timeout: Duration::from_secs(10),
        statement_timeout: Duration::from_secs(10),
        application: "test".to_owned(),
    })
    .await?;
    let new = NewAdmin {
        user_id: clock::id(),
        name: "Ada".to_owned(),
        workspace_id: clock::id(),
        workspace: "Adas".to_owned(),
        token_id: clock::id(),
        token_hash: [7; 32],
    };
    let ada = storage.create_member(&new).await?.scope;
    note(&storage, ada, "poison").await?;
    for number in 0..20 {
        note(&storage, ada, &format!("note {number}")).await?;
    }
    let embedding = Embedding {
        storage,
        embedder: Arc::new(embedder),
        pending: Arc::new(Notify::new()),
        metrics: Metrics::new(),
        counters: Counters::default(),
        soft: CancellationToken::new(),
        held: Held::default(),
    };
    Ok((database, embedding))
}

async fn note(storage: &Storage, scope: Scope, text: &str) -> anyhow::Result<()> {
    let note = NewNote {
        id: clock::id(),
        event_id: clock::id(),
        run_id: None,
        fence: None,
        content: text.to_owned(),
        traceparent: None,
        written_at: clock::now(),
    };
    storage.save_note(scope, &note).await?;
    Ok(())
}

const EMBEDDED: &str = "SELECT count(*) FROM memory_vectors WHERE embedding IS NOT NULL";
const HELD: &str =
    "SELECT count(*) FROM memory_vectors WHERE leased_until > now() + interval '1 minute'";
const FREE: &str = "SELECT count(*) FROM memory_vectors WHERE leased_until IS NULL";

#[tokio::test]
async fn a_text_that_makes_the_embedder_fail_is_left_alone_and_holds_up_nobody()
-> anyhow::Result<()> {
    for kind in [
        EmbedErrorKind::Unavailable,
        EmbedErrorKind::Protocol,
        EmbedErrorKind::Internal,
    ] {
        let (database, mut embedding) = stage(Moody { kind, away: false }).await?;
        assert_eq!(embedding.round().await?, 1, "{kind:?}");
        assert_eq!(database.number(EMBEDDED).await?, 20, "{kind:?}");
        assert_eq!(database.number(HELD).await?, 1, "{kind:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_text_that_is_refused_is_given_up() -> anyhow::Result<()> {
    let kind = EmbedErrorKind::BadRequest;
    let (database, mut embedding) = stage(Moody { kind, away: false }).await?;
    assert_eq!(embedding.round().await?, 0);
    assert_eq!(database.number(EMBEDDED).await?, 20);
    Ok(())
}

#[tokio::test]
async fn while_the_embedder_is_away_no_text_is_blamed() -> anyhow::Result<()> {
    for kind in [
        EmbedErrorKind::Unavailable,
        EmbedErrorKind::BadRequest,
        EmbedErrorKind::RateLimited,
    ] {
        let (database, mut embedding) = stage(Moody { kind, away: true }).await?;
        assert!(embedding.round().await.is_err(), "{kind:?}");
        assert_eq!(database.number(FREE).await?, 21, "{kind:?}");
    }
    Ok(())
}
