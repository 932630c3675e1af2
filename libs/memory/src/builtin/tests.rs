//! On the real model, when its files are there: `MOSAIC_TEST_MODELS` names the folder.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::*;

/// None when the files were not fetched; `cargo xtask test` always names them when they are there.
fn real() -> Option<Builtin> {
    Some(Builtin::new(files()?))
}

fn files() -> Option<ModelFiles> {
    let folder = PathBuf::from(std::env::var_os("MOSAIC_TEST_MODELS")?);
    Some(
        ModelFiles::in_folder(&folder)
            .expect("MOSAIC_TEST_MODELS names a folder without the model"),
    )
}

async fn embed(embedder: &Builtin, texts: &[&str]) -> Vec<Vec<f32>> {
    let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    embedder.embed(&texts).await.unwrap()
}

fn cosine(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

/// Calculated by another implementation of the same model, in double precision.
const REFERENCE: [(&str, [f32; 8]); 3] = [
    (
        "This is an example sentence",
        [
            0.067_657, 0.063_496, 0.048_713, 0.079_305, 0.037_448, 0.002_653, 0.039_375, -0.007_098,
        ],
    ),
    (
        "Each sentence is converted",
        [
            0.086_439, 0.102_763, 0.005_395, 0.002_044, -0.009_963, 0.025_386, 0.049_288,
            -0.030_627,
        ],
    ),
    (
        "Grüße aus München! Ünïcödé & 日本語 😀",
        [
            0.019_58, 0.033_458, 0.047_471, -0.079_166, -0.064_824, 0.088_31, 0.045_057, 0.024_952,
        ],
    ),
];
/// `word ` four hundred times, which is longer than the model reads.
const LONG: [f32; 8] = [
    -0.008_124, -0.095_586, -0.038_673, 0.049_662, -0.043_794, 0.023_72, -0.018_142, -0.020_207,
];

#[tokio::test]
async fn the_vectors_are_those_of_the_published_model() {
    let Some(embedder) = real() else { return };
    let long = "word ".repeat(400);
    let mut texts: Vec<&str> = REFERENCE.iter().map(|it| it.0).collect();
    texts.push(&long);
    // All in one batch, so that padding is seen to change nothing.
    let vectors = embed(&embedder, &texts).await;
    let expected = REFERENCE.iter().map(|it| it.1).chain([LONG]);
    for (expected, (vector, text)) in expected.zip(vectors.iter().zip(&texts)) {
        assert_eq!(vector.len(), DIMENSION);
        for (want, have) in expected.iter().zip(vector) {
            assert!((want - have).abs() < 2e-5, "{text:.30}: {want} and {have}");
        }
    }
}

#[tokio::test]
async fn a_paraphrase_is_nearer_than_a_stranger() {
    let Some(embedder) = real() else { return };
    let groups = [
        [
            "My dog is called Bello.",
            "What is the name of my dog?",
            "The deploy runs every Friday.",
        ],
        [
            "The car broke down on the motorway.",
            "My automobile stopped working on the highway.",
            "I baked bread this morning.",
        ],
        [
            "We chose Postgres as our database.",
            "Which database did we decide on?",
            "She plays the violin in an orchestra.",
        ],
    ];
    for [text, paraphrase, stranger] in groups {
        let vectors = embed(&embedder, &[text, paraphrase, stranger]).await;
        let near = cosine(&vectors[0], &vectors[1]);
        let far = cosine(&vectors[0], &vectors[2]);
        assert!(
            near > 0.5 && far < embedder.relevance_floor(),
            "{text}: {near} and {far}"
        );
    }
}

#[tokio::test]
async fn texts_of_all_lengths_get_their_vectors_in_order() {
    let Some(embedder) = real() else { return };
    let texts: Vec<String> = (0..40)
        .map(|n| format!("{} {n}", "many words ".repeat(n % 7)))
        .collect();
    let together = embedder.embed(&texts).await.unwrap();
    for at in [0, 13, 39] {
        let alone = embedder.embed(&texts[at..=at]).await.unwrap();
        assert!(cosine(&alone[0], &together[at]) > 0.9999, "{at}");
    }
    assert!(embedder.embed(&[]).await.unwrap().is_empty());
    assert_eq!(embed(&embedder, &["", " "]).await.len(), 2);
}

#[tokio::test]
async fn chunks_are_never_longer_than_the_model_reads() {
    let Some(files) = files() else { return };
    let model = model::Model::load(&files).unwrap();
    let words = "Der Donaudampfschifffahrtskapitän überprüfte gewissenhaft sämtliche Sicherheitsvorkehrungen. ";
    let code = "let total_price: u64 = items.iter().map(|it| it.price_cents * it.count).sum(); // 0x1F4A9\n";
    let english =
        "The indexer cuts what was said into chunks that a small model can read as a whole. ";
    for text in [
        words,
        code,
        english,
        "日本語の文章です。",
        "Привет, как дела сегодня? ",
        "a1b2c3d4-e5f6 ",
        "550e8400-e29b-41d4-a716-446655440000 ",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 ",
        "VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZw",
        "4111 1111 1111 1111, 20260101T235959Z 839201748273 ",
        "xkqzjw vbnmtr ghjklp ",
        "https://example.com/a?b=c&d=%20e&id=77f3 ",
    ] {
        for chunk in crate::chunk(&text.repeat(100)) {
            let tokens = model.tokens(&chunk).unwrap().len();
            assert!(tokens < model::MOST_TOKENS, "{tokens} tokens: {chunk}");
        }
    }
}

#[tokio::test]
async fn the_model_is_loaded_with_the_first_text_and_dropped_when_idle() {
    let Some(files) = files() else { return };
    let embedder = Builtin::with_idle(files, Duration::from_millis(100));
    assert!(!embedder.is_loaded());
    embed(&embedder, &["one"]).await;
    assert!(embedder.is_loaded());
    let since = Instant::now();
    while embedder.is_loaded() {
        assert!(since.elapsed() < Duration::from_secs(10), "it stays loaded");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(embed(&embedder, &["and again"]).await.len(), 1);
}

#[tokio::test]
async fn a_question_does_not_wait_behind_a_large_order() {
    let Some(embedder) = real() else { return };
    let embedder = std::sync::Arc::new(embedder);
    embed(&embedder, &["warm"]).await;
    let large: Vec<String> = (0..400)
        .map(|n| format!("A sentence with the number {n} in it."))
        .collect();
    let bulk = embedder.embed(&large);
    let question = async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        embed(&embedder, &["Who waits?"]).await
    };
    // Whichever ends first ends this; the large order has 25 batches, the question one.
    tokio::select! {
        _ = bulk => panic!("the question waited for the whole large order"),
        _ = question => {}
    }
}

#[tokio::test]
async fn a_missing_or_damaged_file_is_named_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let missing = ModelFiles::in_folder(folder.path()).unwrap_err();
    assert_eq!(missing.kind, EmbedErrorKind::ModelFiles);
    assert!(missing.message.contains("model.safetensors"), "{missing}");
    assert!(
        missing.remedy.contains("memory.model_folder"),
        "{}",
        missing.remedy
    );

    let shape = r#"{"hidden_size": 384, "hidden_act": "gelu", "max_position_embeddings": 512, "intermediate_size": 1536,
        "layer_norm_eps": 1e-12, "num_attention_heads": 12, "num_hidden_layers": 6, "type_vocab_size": 2, "vocab_size": 3}"#;
    let tokenizer = r###"{"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
        "pre_tokenizer": null, "post_processor": null, "decoder": null, "model": {"type": "WordPiece", "unk_token": "[UNK]",
        "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": {"[UNK]": 0, "a": 1, "b": 2}}}"###;
    let broken = |names: &[&str]| {
        for (name, content) in [
            ("config.json", shape),
            ("tokenizer.json", tokenizer),
            ("model.safetensors", ""),
        ] {
            let content = if names.contains(&name) {
                "no such thing"
            } else {
                content
            };
            std::fs::write(folder.path().join(name), content).unwrap();
        }
        Builtin::new(ModelFiles::in_folder(folder.path()).unwrap())
    };
    for name in ["config.json", "tokenizer.json", "model.safetensors"] {
        let error = broken(&[name]).embed(&["a".to_owned()]).await.unwrap_err();
        assert_eq!(error.kind, EmbedErrorKind::ModelFiles, "{error}");
        assert!(error.message.contains(name), "{name}: {error}");
        assert!(!error.is_retryable());
    }
}
