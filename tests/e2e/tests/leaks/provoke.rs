//! Using an installation in every way that touches a secret, and misusing it.

use anyhow::Context as _;
use mosaic_e2e::{eventually, run_to_end};
use reqwest::Method;
use serde_json::{Value, json};

use crate::installation::{
    DSN_PASSWORD, INTERNAL, Installation, PASSWORD, REFUSE, WRONG_PASSWORD, json as parsed,
};
use crate::places::Place;

/// The person on Telegram.
const ADA: i64 = 77;

pub(crate) async fn everything(it: &mut Installation) -> anyhow::Result<()> {
    converse(it).await?;
    telegram(it).await?;
    let cookie = sign_in(it).await?;
    let ada = people(it).await?;
    handed_out(it, &ada).await?;
    read(it, &cookie).await?;
    wrong_requests(it, &cookie).await?;
    ports(it).await?;
    wrong_configurations(it).await
}

/// A message that is answered, and one that the provider refuses, naming the key.
async fn converse(it: &mut Installation) -> anyhow::Result<()> {
    for content in ["My dog is called Rex.", REFUSE] {
        let run_id = it.world.send(&it.gateway, content).await?;
        let mut watcher = it.world.watch(&[&it.gateway], run_id)?;
        watcher.to_the_end().await?;
        let events = format!("{:?}", watcher.events);
        it.answers
            .push(Place::new(format!("answer {run_id}"), events));
        it.run_id = run_id.to_string();
    }
    Ok(())
}

async fn telegram(it: &mut Installation) -> anyhow::Result<()> {
    let made = it
        .world
        .call(&it.gateway, "/api/channels/telegram/links", json!({}))
        .await?;
    let code = made["code"].as_str().context("a code")?.to_owned();
    let _ = it.bot.say(ADA, &format!("/start {code}"));
    let bot = &it.bot;
    let shows = async |text: &str| {
        eventually("the bot to answer", async || {
            let texts = bot.texts(ADA);
            texts.iter().any(|one| one.contains(text)).then_some(())
        })
        .await
    };
    shows("is linked to").await?;
    let _ = it.bot.say(ADA, "tell me of marzipan");
    shows("marzipan").await
}

/// Signs in by token; the cookie.
async fn sign_in(it: &mut Installation) -> anyhow::Result<String> {
    let token = json!({"token": it.world.token});
    let request = it.client.post(it.url("/api/session")).json(&token);
    let (status, headers, body) = it.take(request).await?;
    anyhow::ensure!(status.is_success(), "{status}");
    it.answers.push(Place::new("answer to the sign-in", body));
    let cookie = headers.get("set-cookie").context("a cookie")?.to_str()?;
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    let (_, secret) = cookie.split_once('=').context("a value")?;
    it.plant("a session cookie", secret);
    Ok(cookie)
}

/// Somebody with a password, and somebody who guesses it; who that is.
async fn people(it: &mut Installation) -> anyhow::Result<String> {
    let (url, token) = (it.url("/api/users"), it.world.token.clone());
    let ada =
        json!({"name": "Ada", "email": "ada@example.test", "role": "member", "password": PASSWORD});
    let request = it.client.post(url).bearer_auth(&token).json(&ada);
    let (status, body) = it.keep(request).await?;
    let told = String::from_utf8_lossy(&body);
    anyhow::ensure!(status.is_success(), "{status}: {told}");
    let id = parsed(&body)?["id"].as_str().context("an id")?.to_owned();
    for (password, expected) in [(PASSWORD, 201), (WRONG_PASSWORD, 401)] {
        let shown = json!({"email": "ada@example.test", "password": password});
        let request = it.client.post(it.url("/api/session")).json(&shown);
        let (status, headers, body) = it.take(request).await?;
        anyhow::ensure!(status.as_u16() == expected, "{status}");
        it.answers.push(Place::new("answer to a password", body));
        if let Some(cookie) = headers.get("set-cookie") {
            let cookie = cookie.to_str()?.split(';').next().unwrap_or_default();
            let (_, secret) = cookie.split_once('=').context("a value")?;
            it.plant("a session cookie of a password", secret);
        }
    }
    Ok(id)
}

/// What is shown once: tokens, links and codes. Each goes back to where it came from.
async fn handed_out(it: &mut Installation, ada: &str) -> anyhow::Result<()> {
    let made = once(it, "/api/tokens", &json!({"name": "planted"})).await?;
    it.plant("a new token", text(&made, "token")?);
    let made = once(it, "/api/invitations", &json!({"role": "member"})).await?;
    let secret = text(&made, "secret")?;
    it.plant("an invitation", secret);
    show(it, "/api/invitations/look", &json!({ "secret": secret })).await?;
    let path = format!("/api/users/{ada}/password-link");
    let made = once(it, &path, &Value::Null).await?;
    let (_, secret) = text(&made, "link")?.split_once('#').context("a link")?;
    it.plant("a link for a password", secret);
    let weak = json!({"secret": secret, "password": "short"});
    show(it, "/api/password-link", &weak).await?;
    let made = once(it, "/api/login-requests", &json!({"name": "a program"})).await?;
    let (secret, code) = (text(&made, "secret")?, text(&made, "code")?);
    it.plant("what a program fetches its token with", secret);
    it.plant("the code of a program", code);
    it.plant("the letters of its code", &code.replace('-', ""));
    let path = format!("/api/login-requests/{}/token", text(&made, "id")?);
    show(it, &path, &json!({ "secret": secret })).await?;
    let made = once(it, "/api/channels/telegram/links", &Value::Null).await?;
    it.plant("a code for a chat", text(&made, "code")?);
    let start = it.url("/api/auth/oidc/sso/start");
    it.keep(it.client.get(start)).await.map(drop)
}

/// Asks for something that is shown once.
async fn once(it: &Installation, path: &str, body: &Value) -> anyhow::Result<Value> {
    let request = it.client.post(it.url(path)).bearer_auth(&it.world.token);
    let (status, _, answer) = it.take(request.json(body)).await?;
    anyhow::ensure!(status.is_success(), "{path}: {status}");
    parsed(&answer)
}

/// Shows a secret, as whoever it was made for.
async fn show(it: &mut Installation, path: &str, body: &Value) -> anyhow::Result<()> {
    let request = it.client.post(it.url(path)).json(body);
    it.keep(request).await.map(drop)
}

fn text<'a>(made: &'a Value, field: &str) -> anyhow::Result<&'a str> {
    made[field].as_str().with_context(|| format!("no {field}"))
}

/// Everything that can be read without saying of what, by token and by cookie.
async fn read(it: &mut Installation, cookie: &str) -> anyhow::Result<()> {
    let (_, body) = it.keep(it.client.get(it.url("/api/openapi.json"))).await?;
    let document = parsed(&body)?;
    let paths = document["paths"].as_object().context("paths")?;
    let plain: Vec<String> = paths
        .iter()
        .filter(|(path, methods)| !path.contains('{') && methods.get("get").is_some())
        .map(|(path, _)| path.clone())
        .collect();
    anyhow::ensure!(plain.len() > 10, "{plain:?}");
    for path in plain {
        let token = it.world.token.clone();
        it.keep(it.client.get(it.url(&path)).bearer_auth(token))
            .await?;
        it.keep(it.client.get(it.url(&path)).header("cookie", cookie))
            .await?;
    }
    let search = it.url("/api/memories/search?query=dog");
    let token = it.world.token.clone();
    it.keep(it.client.get(search).bearer_auth(token)).await?;
    let run = it.url(&format!("/api/runs/{}", it.run_id));
    let token = it.world.token.clone();
    it.keep(it.client.get(run).bearer_auth(token)).await?;
    Ok(())
}

/// Secrets where they do not belong: in queries, in fields of another type or name, half or doubled.
async fn wrong_requests(it: &mut Installation, cookie: &str) -> anyhow::Result<()> {
    let token = it.world.token.clone();
    let half = &token[..40];
    for header in [
        half.to_owned(),
        format!("{token}{token}"),
        format!("Basic {token}"),
    ] {
        let request = it
            .client
            .get(it.url("/api/me"))
            .header("authorization", header);
        it.keep(request).await?;
    }
    let damaged = format!("{cookie}x");
    it.keep(it.client.get(it.url("/api/me")).header("cookie", damaged))
        .await?;
    let query = format!("/api/me?token={token}&password={PASSWORD}");
    it.keep(it.client.get(it.url(&query))).await?;
    let bodies: [Value; 8] = [
        json!(PASSWORD),
        json!({"name": "x", "expiresInDays": token}),
        json!({"name": "x", "scopes": [PASSWORD]}),
        json!({"token": [token]}),
        json!({"token": {"value": token}}),
        json!({"token": INTERNAL}),
        json!({"email": 7, "password": PASSWORD}),
        json!({"email": "ada@example.test", "passwort": PASSWORD, "password": WRONG_PASSWORD}),
    ];
    for body in bodies {
        for path in [
            "/api/session",
            "/api/conversations",
            "/api/tokens",
            "/api/users",
            "/api/bootstrap/setup",
        ] {
            let request = it.client.post(it.url(path)).bearer_auth(&token).json(&body);
            it.keep(request).await?;
        }
    }
    for path in ["/api/session", "/api/me/password"] {
        for method in [Method::POST, Method::PUT] {
            let broken = format!("{{\"password\": \"{PASSWORD}\", \"token\": \"{token}");
            let request = it.client.request(method, it.url(path)).bearer_auth(&token);
            let request = request
                .header("content-type", "application/json")
                .body(broken);
            it.keep(request).await?;
        }
    }
    let webhook = it.url("/api/channels/telegram/webhook");
    let request = it
        .client
        .post(webhook)
        .header("x-telegram-bot-api-secret-token", INTERNAL);
    it.keep(request.json(&json!({"update_id": 1}))).await?;
    Ok(())
}

/// The ports that are not for the public.
async fn ports(it: &mut Installation) -> anyhow::Result<()> {
    let admins: Vec<_> = it.processes.iter().map(|process| process.admin).collect();
    for admin in admins {
        for path in ["livez", "readyz", "metrics", "version"] {
            let request = it.client.get(format!("http://{admin}/{path}"));
            it.keep(request).await?;
        }
    }
    Ok(())
}

/// Programs that cannot do what they are told say why.
async fn wrong_configurations(it: &Installation) -> anyhow::Result<()> {
    let nowhere = format!("postgres://joe:{DSN_PASSWORD}@127.0.0.1:1/mosaic");
    let other = format!("mysql://joe:{DSN_PASSWORD}@127.0.0.1:1/mosaic");
    let strange =
        format!("postgres://joe:{DSN_PASSWORD}@127.0.0.1:port/mosaic?sslmode={DSN_PASSWORD}");
    let silent = format!("redis://:{DSN_PASSWORD}@127.0.0.1:1");
    let wrong = [
        ("POSTGRES__URL", nowhere.as_str()),
        ("POSTGRES__URL", &other),
        ("POSTGRES__URL", &strange),
        ("VALKEY__URL", &silent),
        ("SECRETS__KEY", DSN_PASSWORD),
        ("INTERNAL__TOKEN", DSN_PASSWORD),
        ("PROVIDERS__OPENAI__BASE_URL", &nowhere),
        ("TELEMETRY__OTLP_ENDPOINT", &nowhere),
    ];
    for (number, (key, value)) in wrong.into_iter().enumerate() {
        for (program, arguments) in [("mosaic-gateway", &[][..]), ("mosaic-migrate", &["status"])] {
            let mut variables = it.world.variables().to_vec();
            variables.push((format!("MOSAIC_{key}"), value.to_owned()));
            for timeout in ["POSTGRES__CONNECT_TIMEOUT_MS", "VALKEY__CONNECT_TIMEOUT_MS"] {
                variables.push((format!("MOSAIC_{timeout}"), "500".to_owned()));
            }
            let folder = it.world.folder();
            // Some of them do no harm to a program that does not use them.
            if program == "mosaic-migrate" || number < 6 {
                let (_, said) = run_to_end(program, arguments, &variables, folder).await?;
                std::fs::write(folder.join(format!("{program}-{number}.log")), said)?;
            }
        }
    }
    Ok(())
}

/// Sends something while the bus is about to go away, so that what fails says so.
pub(crate) async fn lose_valkey(it: &Installation) -> anyhow::Result<()> {
    it.world.send(&it.gateway, "one more").await.map(drop)
}
