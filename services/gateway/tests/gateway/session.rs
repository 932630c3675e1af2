//! Signing in with a token, and what the cookie is good for.

use reqwest::Method;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite;

use super::socket::Socket;
use super::sse::Sse;
use super::stage::{Stage, problem};

#[tokio::test(flavor = "multi_thread")]
async fn a_session_does_what_its_token_does() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let cookie = stage.sign_in(&stage.ada).await?;
    let me = stage.with_cookie(&cookie, Method::GET, "/api/session");
    let me: Value = me.send().await?.error_for_status()?.json().await?;
    assert_eq!(me["name"], "Ada");
    assert_eq!(me["userId"], stage.ada.scope.user_id.to_string());

    let begin = stage.with_cookie(&cookie, Method::POST, "/api/conversations");
    let created = begin.json(&json!({"title": "from a page"})).send().await?;
    assert_eq!(created.status(), 201);
    let id = created.json::<Value>().await?["id"].clone();
    let path = format!("/api/conversations/{}", id.as_str().unwrap_or_default());
    // The same thing, asked for with the token.
    assert_eq!(stage.read(&path).await?["title"], "from a page");

    let events = format!("{path}/events");
    let mut sse = Sse::follow(stage.with_cookie(&cookie, Method::GET, &events)).await?;
    let origin = stage.url("");
    let headers = [
        ("cookie", Some(cookie.as_str())),
        ("origin", Some(origin.as_str())),
    ];
    let mut socket = Socket::open_saying(&stage, &headers).await?;
    let ready = socket.frame().await?;
    assert_eq!(ready["userId"], stage.ada.scope.user_id.to_string());
    let say = stage.with_cookie(&cookie, Method::POST, &format!("{path}/messages"));
    assert_eq!(
        say.json(&json!({"content": "hi"})).send().await?.status(),
        202
    );
    let first = sse.next().await?.map(|event| event.kind);
    assert_eq!(first.as_deref(), Some("run.accepted"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_is_out_of_reach_of_scripts_and_its_secret_is_stored_nowhere()
-> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let sign_in = |origin: String| {
        stage
            .http
            .post(stage.url("/api/session"))
            .header("origin", origin)
            .header(
                "user-agent",
                "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
            )
            .json(&json!({"token": stage.ada.token.expose()}))
    };
    let response = sign_in(stage.url("")).send().await?;
    assert_eq!(response.headers()["cache-control"], "no-store");
    let cookie = response.headers()["set-cookie"].to_str()?.to_owned();
    assert!(
        cookie.ends_with("; Path=/; Max-Age=2592000; HttpOnly; SameSite=Strict"),
        "{cookie}"
    );
    let (pair, _) = cookie.split_once(';').unwrap_or_default();
    let secret = pair.trim_start_matches("mosaic_session=").to_owned();
    assert_eq!(secret.len(), 43);
    let body = response.text().await?;
    assert!(!body.contains(&secret) && !body.contains(stage.ada.token.expose()));
    let stored = "SELECT string_agg(row_to_json(s)::text, '') FROM sessions s";
    let stored = stage.database.text(stored).await?;
    assert!(stored.contains("Firefox on Linux"), "{stored}");
    assert!(!stored.contains(&secret), "{stored}");

    // Behind a proxy that ends TLS and passes `Host` on.
    let secure = sign_in(format!("https://{}", stage.host(0)?))
        .send()
        .await?;
    let secure = secure.headers()["set-cookie"].to_str()?.to_owned();
    assert!(secure.starts_with("__Host-mosaic_session="), "{secure}");
    assert!(secure.ends_with("; Secure"), "{secure}");
    // Where a proxy says https, the name that anybody in the domain can plant counts for nothing.
    let planted = stage.with_cookie(pair, Method::GET, "/api/session");
    assert_eq!(planted.send().await?.status(), 200);
    let planted = stage.with_cookie(pair, Method::GET, "/api/session");
    let planted = planted.header("x-forwarded-proto", "https").send().await?;
    problem(planted, 401, "unauthenticated").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_counts_for_own_pages_only() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let cookie = stage.sign_in(&stage.ada).await?;
    let id = stage.conversation().await?;
    let path = format!("/api/conversations/{id}");
    let evil = Some("https://evil.example");
    for (origin, site) in [
        (None, None),
        (evil, None),
        (Some("null"), None),
        (None, Some("cross-site")),
        (None, Some("same-site")),
        (evil, Some("same-site")),
    ] {
        for (method, path) in [
            (Method::DELETE, path.as_str()),
            (Method::POST, "/api/conversations"),
            (Method::DELETE, "/api/session"),
            (Method::DELETE, "/api/sessions"),
        ] {
            let mut request = stage.http.request(method, stage.url(path));
            request = request.header("cookie", &cookie).json(&json!({}));
            for (name, value) in [("origin", origin), ("sec-fetch-site", site)] {
                if let Some(value) = value {
                    request = request.header(name, value);
                }
            }
            problem(request.send().await?, 403, "permission_denied").await?;
        }
    }
    for origin in [None, evil] {
        let headers = [("cookie", Some(cookie.as_str())), ("origin", origin)];
        let refused = Socket::open_saying(&stage, &headers).await;
        let Err(tungstenite::Error::Http(response)) = refused else {
            anyhow::bail!("the socket was not refused")
        };
        assert_eq!(response.status(), 403);
    }
    // Reading without an origin is what a browser does on its own pages, and nothing was deleted.
    let read = stage.http.get(stage.url(&path)).header("cookie", &cookie);
    assert_eq!(read.send().await?.status(), 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_signed_in_with_what_is_no_token() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let sign_in = async |token: &str| {
        let request = stage.http.post(stage.url("/api/session"));
        request.json(&json!({"token": token})).send().await
    };
    let unknown = mosaic_identity::ApiToken::generate();
    for wrong in ["", "x", "mos_abc", unknown.expose()] {
        let refused = problem(sign_in(wrong).await?, 401, "unauthenticated").await?;
        let told = refused.to_string();
        assert!(wrong.len() < 9 || !told.contains(wrong), "{told}");
        assert!(told.contains("mosaic-migrate token"), "{told}");
    }
    let elsewhere = stage
        .http
        .post(stage.url("/api/session"))
        .header("origin", "https://evil.example")
        .json(&json!({"token": stage.ada.token.expose()}));
    problem(elsewhere.send().await?, 403, "permission_denied").await?;

    let read = stage.http.get(stage.url("/api/session"));
    problem(read.send().await?, 401, "unauthenticated").await?;
    for cookie in ["mosaic_session=", "mosaic_session=x"] {
        let read = stage.with_cookie(cookie, Method::GET, "/api/session");
        problem(read.send().await?, 401, "unauthenticated").await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_cannot_guess_without_end_and_keeps_nobody_out_who_has_a_token()
-> anyhow::Result<()> {
    let stage = Stage::set().await?;
    // What never gets as far as a token counts for nothing, however often it is sent.
    for _ in 0..25 {
        let elsewhere = stage.http.post(stage.url("/api/session"));
        let elsewhere = elsewhere.header("origin", "https://evil.example");
        let elsewhere = elsewhere.body("x").send().await?;
        problem(elsewhere, 403, "permission_denied").await?;
        let no_json = stage.http.post(stage.url("/api/session")).body("x");
        problem(no_json.send().await?, 415, "unsupported_media_type").await?;
    }
    let mut refused = None;
    for attempt in 0..25 {
        let request = stage.http.post(stage.url("/api/session"));
        let response = request.json(&json!({"token": "mos_x"})).send().await?;
        if response.status() == 429 {
            assert!(attempt >= 20, "{attempt}");
            refused = Some(response);
            break;
        }
        problem(response, 401, "unauthenticated").await?;
    }
    let refused = refused.ok_or_else(|| anyhow::anyhow!("nothing was refused"))?;
    let wait = refused.headers()["retry-after"].to_str()?.to_owned();
    let refused = problem(refused, 429, "rate_limited").await?;
    assert_eq!(refused["remedy"], format!("Try again in {wait} s."));
    stage.sign_in(&stage.ada).await?;
    assert_eq!(stage.get("/api/me").await?.status(), 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_strangers_send_is_small_and_a_token_in_the_wrong_place_is_not_repeated()
-> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let token = stage.ada.token.expose();
    let large = json!({"token": "x".repeat(5_000)});
    let large = stage.http.post(stage.url("/api/session")).json(&large);
    problem(large.send().await?, 413, "payload_too_large").await?;
    for (body, named) in [(json!(token), false), (json!({token: 1}), true)] {
        let request = stage.http.post(stage.url("/api/session")).json(&body);
        let told = problem(request.send().await?, 400, "invalid_argument").await?;
        let told = told.to_string();
        assert!(!told.contains(token), "{told}");
        assert_eq!(told.contains("mos_…"), named, "{told}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_sees_nothing_of_anybody_else() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.stranger().await?;
    let cookie = stage.sign_in(&bob).await?;
    let id = stage.conversation().await?;
    stage.ask(id, "secret").await?;
    let path = format!("/api/conversations/{id}");
    for (method, path) in [
        (Method::GET, path.clone()),
        (Method::DELETE, path.clone()),
        (Method::GET, format!("{path}/messages")),
        (Method::GET, format!("{path}/events")),
    ] {
        let answer = stage.with_cookie(&cookie, method, &path).send().await?;
        problem(answer, 404, "not_found").await?;
    }
    let list = stage.with_cookie(&cookie, Method::GET, "/api/conversations");
    assert_eq!(
        list.send().await?.json::<Value>().await?["items"],
        json!([])
    );
    // A token that comes along counts more than the cookie.
    let both = stage
        .request(Method::GET, "/api/session")
        .header("cookie", &cookie);
    assert_eq!(both.send().await?.json::<Value>().await?["name"], "Ada");
    Ok(())
}
