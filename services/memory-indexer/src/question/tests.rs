use super::*;

/// Fails with what a provider may say, for texts that name the kind of failure.
#[derive(Debug)]
struct Moody;

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
        let kind = match texts.first().map(String::as_str) {
            Some("refused") => EmbedErrorKind::BadRequest,
            Some("away") => EmbedErrorKind::Unavailable,
            _ => return Ok(vec![vec![1.0, 0.0]; texts.len()]),
        };
        Err(EmbedError {
            kind,
            message: "failed on `My dog is Rex`".to_owned(),
            remedy: "none".to_owned(),
            retry_after: None,
        })
    }
}

const PATIENCE: Duration = Duration::from_secs(2);

#[tokio::test]
async fn a_question_that_is_refused_is_told_in_fixed_words_and_troubles_nobody_else() {
    let questions = Questions::new(Arc::new(Moody));
    let refused = questions.vector("refused", PATIENCE).await;
    assert_eq!(refused.unwrap_err(), "the embedder refuses this text");
    assert!(questions.vector("another's", PATIENCE).await.is_ok());
}

#[tokio::test]
async fn while_the_embedder_is_away_nobody_waits_or_reads_what_it_said_of_another() {
    let questions = Questions::new(Arc::new(Moody));
    for question in ["away", "another's"] {
        let away = questions.vector(question, PATIENCE).await;
        assert_eq!(away.unwrap_err(), "the embedder does not answer now");
    }
}
