//! The tokens that the provider gives, true or not.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use uuid::Uuid;

use super::keys::{self, Key};
use super::{CLIENT_ID, CLIENT_SECRET, Forgery, Inner};

const DAY: u64 = 24 * 60 * 60;

impl Inner {
    /// What the token endpoint says of a person.
    pub(super) fn answer(&mut self, issuer: &str, claims: Value, nonce: Option<&str>) -> Value {
        let subject = claims["sub"].as_str().unwrap_or_default().to_owned();
        let (access, refresh) = (format!("at-{subject}"), Uuid::new_v4().to_string());
        let forgery = self.forgery.take();
        let mut said = json!({
            "iss": issuer, "aud": CLIENT_ID, "iat": now(), "exp": now() + 300,
            "at_hash": keys::half_hash(&access),
        });
        if let Some(said) = said.as_object_mut() {
            let own = claims.as_object().cloned().unwrap_or_default();
            // What is only said when somebody asks for it.
            said.extend(own.into_iter().filter(|(name, _)| name != "userinfo"));
            if let Some(nonce) = nonce {
                said.insert("nonce".to_owned(), json!(nonce));
            }
        }
        if let Some(forgery) = forgery {
            distort(&mut said, forgery);
        }
        self.refresh_tokens.insert(refresh.clone(), claims);
        let mut answer = json!({
            "access_token": access, "token_type": "Bearer", "expires_in": 300, "refresh_token": refresh,
        });
        if forgery != Some(Forgery::Missing) {
            answer["id_token"] = json!(signed(&self.key, &said, forgery));
        }
        answer
    }
}

fn distort(said: &mut Value, forgery: Forgery) {
    let (name, value) = match forgery {
        Forgery::Issuer => ("iss", json!("https://evil.example")),
        Forgery::Audience => ("aud", json!("another-client")),
        Forgery::TwoAudiences => ("aud", json!([CLIENT_ID, "another-client"])),
        Forgery::AuthorizedParty => ("azp", json!("another-client")),
        Forgery::Expired => ("exp", json!(now() - DAY)),
        Forgery::NotYet => ("nbf", json!(now() + DAY)),
        Forgery::Future => ("iat", json!(now() + DAY)),
        Forgery::Nonce => ("nonce", json!("of-another-sign-in")),
        Forgery::NoNonce => ("nonce", Value::Null),
        Forgery::AccessToken => ("at_hash", json!(keys::half_hash("another"))),
        _ => return,
    };
    said[name] = value;
}

fn signed(key: &Key, said: &Value, forgery: Option<Forgery>) -> String {
    let (algorithm, id) = match forgery {
        Some(Forgery::Unsigned) => ("none", key.id.as_str()),
        Some(Forgery::SharedSecret | Forgery::PublicKeyAsSecret) => ("HS256", key.id.as_str()),
        Some(Forgery::UnknownKey) => ("ES256", "nobody-knows-it"),
        _ => ("ES256", key.id.as_str()),
    };
    let header = json!({"alg": algorithm, "typ": "JWT", "kid": id});
    let encoded = |value: &Value| keys::encoded(value.to_string().as_bytes());
    let text = format!("{}.{}", encoded(&header), encoded(said));
    let signature = match forgery {
        Some(Forgery::Unsigned | Forgery::CutOff) => Vec::new(),
        Some(Forgery::SharedSecret) => keys::shared(CLIENT_SECRET.as_bytes(), &text),
        Some(Forgery::PublicKeyAsSecret) => keys::shared(key.point(), &text),
        Some(Forgery::OtherKey) => {
            Key::generate().map_or_else(|_| Vec::new(), |other| other.sign(&text))
        }
        _ => key.sign(&text),
    };
    format!("{text}.{}", keys::encoded(&signature))
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
