//! Vectors of texts, in the protocols of `OpenAI` and Ollama.
//!
//! A vector depends on the words of its text and on nothing else; texts that share words are near each other. Its
//! dimension is the number that the model's name ends in (`embed-768`), else 384. Rules of the script that fail fit here,
//! too; their other answers mean nothing here.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};

use super::State;
use super::handlers::{authorize, fail, known_model, refuse};
use super::protocol::{Call, Problem, Protocol};

const USUAL_DIMENSION: usize = 384;
const LARGEST_DIMENSION: usize = 4_096;
/// What the real services take at once.
const MOST_TEXTS: usize = 2_048;

type Access = Shared<Arc<State>>;

pub(super) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/v1/embeddings", post(openai))
        .route("/api/embed", post(ollama))
}

async fn openai(state: Access, headers: HeaderMap, body: Bytes) -> Response {
    let asked = match ask(&state.0, Protocol::Openai, &headers, &body) {
        Ok(asked) => asked,
        Err(refusal) => return *refusal,
    };
    let item =
        |(index, vector)| json!({"object": "embedding", "index": index, "embedding": vector});
    let data: Vec<Value> = asked.vectors().into_iter().enumerate().map(item).collect();
    let usage = json!({"prompt_tokens": asked.words(), "total_tokens": asked.words()});
    Json(json!({"object": "list", "data": data, "model": asked.model, "usage": usage}))
        .into_response()
}

async fn ollama(state: Access, headers: HeaderMap, body: Bytes) -> Response {
    let asked = match ask(&state.0, Protocol::Ollama, &headers, &body) {
        Ok(asked) => asked,
        Err(refusal) => return *refusal,
    };
    Json(json!({
        "model": asked.model,
        "embeddings": asked.vectors(),
        "total_duration": 1,
        "load_duration": 1,
        "prompt_eval_count": asked.words(),
    }))
    .into_response()
}

struct Asked {
    model: String,
    texts: Vec<String>,
}

fn ask(
    state: &State,
    protocol: Protocol,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Asked, Box<Response>> {
    let refused = |problem: Problem| Box::new(refuse(protocol, &problem));
    let number = state.embeddings.fetch_add(1, Ordering::Relaxed) + 1;
    let script = state.script();
    authorize(&script, protocol, headers).map_err(refused)?;
    let asked = read(protocol, body).map_err(refused)?;
    known_model(&script, protocol, &asked.model).map_err(refused)?;
    let call = Call {
        protocol,
        model: asked.model.clone(),
        streams: false,
        last_user: asked.texts.join("\n"),
        last_result: None,
        step: 0,
    };
    match &script.choose(&call, number).fail {
        Some(failure) => Err(Box::new(fail(protocol, failure))),
        None => Ok(asked),
    }
}

fn read(protocol: Protocol, body: &[u8]) -> Result<Asked, Problem> {
    let body: Value =
        serde_json::from_slice(body).map_err(|_| Problem::invalid("the body is not valid JSON"))?;
    let model = body["model"].as_str().filter(|model| !model.is_empty());
    let model = model.ok_or_else(|| Problem::invalid("you must provide a model parameter"))?;
    let texts = match &body["input"] {
        Value::String(text) => vec![text.clone()],
        Value::Array(texts) if texts.len() <= MOST_TEXTS => texts
            .iter()
            .map(|text| text.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .ok_or_else(|| Problem::invalid("'$.input' is invalid"))?,
        _ => return Err(Problem::invalid("'$.input' is invalid")),
    };
    // OpenAI refuses what has nothing to embed; Ollama answers an empty list with an empty list.
    let blank = texts.is_empty() || texts.iter().any(String::is_empty);
    if protocol == Protocol::Openai && blank {
        return Err(Problem::invalid("'$.input' is invalid: it is empty"));
    }
    Ok(Asked {
        model: model.to_owned(),
        texts,
    })
}

impl Asked {
    fn vectors(&self) -> Vec<Vec<f32>> {
        let digits = self.model.rsplit('-').next().and_then(|it| it.parse().ok());
        let dimension = digits.filter(|it| (1..=LARGEST_DIMENSION).contains(it));
        let dimension = dimension.unwrap_or(USUAL_DIMENSION);
        self.texts.iter().map(|it| vector(it, dimension)).collect()
    }

    fn words(&self) -> usize {
        let words = self
            .texts
            .iter()
            .map(|text| text.split_whitespace().count());
        words.sum()
    }
}

fn vector(text: &str, dimension: usize) -> Vec<f32> {
    // A small part that all have in common, so that even a blank text has a direction.
    let mut vector = vec![0.01; dimension];
    let folded = text.to_lowercase();
    let words = folded.split(|c: char| !c.is_alphanumeric());
    for word in words.filter(|word| !word.is_empty()) {
        let hash = word.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let place = usize::try_from(hash >> 16).unwrap_or(usize::MAX) % dimension;
        vector[place] += 1.0;
    }
    vector
}
