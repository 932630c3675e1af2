//! API tokens: made, listed, revoked, and what they are good for.

use anyhow::Context as _;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::socket::Socket;
use super::super::stage::{Stage, problem};
use super::account::{FORGOTTEN, noted, sign_in, token, with_password};

async fn me(stage: &Stage, token: &str) -> anyhow::Result<u16> {
    let request = stage.http.get(stage.url("/api/me")).bearer_auth(token);
    Ok(request.send().await?.status().as_u16())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_shown_once_counts_and_ends_when_it_is_revoked() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let body = json!({"name": " laptop ", "scopes": ["read", "operate"], "expiresInDays": 30});
    let made: Value = stage.post("/api/tokens", &body).await?.json().await?;
    let text = made["token"].as_str().context("a token")?.to_owned();
    assert_eq!(made["name"], "laptop");
    assert_eq!(made["scopes"], json!(["operate"]));
    assert!(text.ends_with(made["hint"].as_str().context("a hint")?));
    assert!(made["expiresAt"].is_string() && made["lastUsedAt"].is_null());
    assert_eq!(me(&stage, &text).await?, 200);

    let list = stage.read("/api/tokens").await?;
    assert!(!list.to_string().contains(&text));
    let items = list["items"].as_array().context("items")?;
    assert_eq!(items.len(), 2);
    assert_eq!(items[0]["name"], "laptop");
    assert!(items[0]["lastUsedAt"].is_string());
    let current: Vec<_> = items.iter().map(|one| one["current"] == true).collect();
    assert_eq!(current, [false, true]);

    let path = format!("/api/tokens/{}", made["id"].as_str().context("an id")?);
    let revoke = stage.request(Method::DELETE, &path).send().await?;
    assert_eq!(revoke.status(), 204);
    let again = stage.request(Method::DELETE, &path).send().await?;
    problem(again, 404, "not_found").await?;
    tokio::time::sleep(FORGOTTEN).await;
    assert_eq!(me(&stage, &text).await?, 401);
    assert_eq!(noted(&stage, "token.create", "done").await?, 1);
    assert_eq!(noted(&stage, "token.revoke", "done").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_good_for_reading_changes_nothing() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let id = stage.conversation().await?;
    let read = token(&stage, &["read"]).await?;
    let asks = |method: Method, path: String| {
        let request = stage.http.request(method, stage.url(&path));
        request.bearer_auth(&read).json(&json!({}))
    };
    for path in ["/api/conversations", "/api/me", "/api/runs"] {
        let answer = stage.http.get(stage.url(path)).bearer_auth(&read);
        assert_eq!(answer.send().await?.status(), 200, "{path}");
    }
    for (method, path) in [
        (Method::POST, "/api/conversations".to_owned()),
        (Method::PATCH, format!("/api/conversations/{id}")),
        (Method::DELETE, format!("/api/conversations/{id}")),
        (Method::POST, format!("/api/conversations/{id}/messages")),
        (Method::POST, "/api/runs/kill".to_owned()),
        (Method::POST, "/api/memory".to_owned()),
        (Method::DELETE, "/api/channels/telegram/links/1".to_owned()),
        (Method::POST, "/api/queues/rebuild".to_owned()),
        (Method::POST, "/api/tokens".to_owned()),
        (Method::DELETE, "/api/sessions".to_owned()),
        (Method::PATCH, "/api/me".to_owned()),
        (Method::PUT, "/api/me/password".to_owned()),
    ] {
        let refused = asks(method, path).send().await?;
        problem(refused, 403, "permission_denied").await?;
    }
    for path in ["/api/queues", "/api/audit", "/api/tokens", "/api/sessions"] {
        let refused = stage.http.get(stage.url(path)).bearer_auth(&read);
        let refused = problem(refused.send().await?, 403, "permission_denied").await?;
        let told = refused["detail"].as_str().unwrap_or_default();
        assert!(told.contains("scope"), "{told}");
    }
    // Nor does a session that it begins, nor a socket.
    let session = stage.http.post(stage.url("/api/session"));
    let session = session.json(&json!({"token": read})).send().await?;
    let cookie = super::account::cookie_in(&session)?;
    let who: Value = session.json().await?;
    assert_eq!(who["scopes"], json!(["read"]));
    assert_eq!(who["may"], json!(["read"]));
    let create = stage.with_cookie(&cookie, Method::POST, "/api/conversations");
    let create = create.json(&json!({})).send().await?;
    problem(create, 403, "permission_denied").await?;
    let bearer = format!("Bearer {read}");
    let headers = [("authorization", Some(bearer.as_str()))];
    let mut socket = Socket::open_saying(&stage, &headers).await?;
    socket.frame().await?;
    socket
        .send(&json!({"type": "message", "content": "hello", "ref": "r"}))
        .await?;
    let refused = socket.until("error").await?.remove(0);
    assert_eq!(refused["problem"]["code"], "permission_denied");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_keep_talking_and_operating_apart() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let converse = token(&stage, &["converse"]).await?;
    let operate = token(&stage, &["operate"]).await?;
    let asks = async |token: &str, method: Method, path: &str| {
        let request = stage.http.request(method, stage.url(path));
        let request = request.bearer_auth(token).json(&json!({}));
        anyhow::Ok(request.send().await?.status().as_u16())
    };
    let (get, post) = (Method::GET, Method::POST);
    assert_eq!(
        asks(&converse, post.clone(), "/api/conversations").await?,
        201
    );
    assert_eq!(asks(&converse, get.clone(), "/api/queues").await?, 403);
    assert_eq!(asks(&operate, get.clone(), "/api/queues").await?, 200);
    assert_eq!(asks(&operate, get, "/api/audit").await?, 200);
    assert_eq!(asks(&operate, post, "/api/conversations").await?, 403);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_makes_one_that_is_good_for_more_or_counts_longer() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    for scope in ["read", "converse", "operate"] {
        let own = token(&stage, &[scope]).await?;
        for wanted in [scope, "admin"] {
            let request = stage.http.post(stage.url("/api/tokens")).bearer_auth(&own);
            let body = json!({"name": "more", "scopes": [wanted]});
            let refused = request.json(&body).send().await?;
            problem(refused, 403, "permission_denied").await?;
        }
    }
    let body = json!({"name": "brief", "scopes": ["admin"], "expiresInDays": 1});
    let brief: Value = stage.post("/api/tokens", &body).await?.json().await?;
    let text = brief["token"].as_str().context("a token")?;
    for body in [
        json!({"name": "for ever"}),
        json!({"name": "longer", "expiresInDays": 100}),
    ] {
        let request = stage.http.post(stage.url("/api/tokens")).bearer_auth(text);
        let made: Value = request.json(&body).send().await?.json().await?;
        assert_eq!(made["expiresAt"], brief["expiresAt"]);
        assert_eq!(made["scopes"], json!(["converse"]));
    }
    // Nor does a session that was begun with it.
    let session = stage.http.post(stage.url("/api/session"));
    let session = session.json(&json!({"token": text})).send().await?;
    let cookie = super::account::cookie_in(&session)?;
    let made = stage.with_cookie(&cookie, Method::POST, "/api/tokens");
    let made = made.json(&json!({"name": "by way of a session"}));
    let made: Value = made.send().await?.json().await?;
    assert_eq!(made["expiresAt"], brief["expiresAt"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_others_are_not_there() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.colleague("Bob", "owner").await?;
    for id in [stage.ada.token_id.to_string(), Uuid::now_v7().to_string()] {
        let path = format!("/api/tokens/{id}");
        let refused = stage.request_by(&bob, Method::DELETE, &path).send().await?;
        problem(refused, 404, "not_found").await?;
    }
    let list = stage.request_by(&bob, Method::GET, "/api/tokens");
    let list: Value = list.send().await?.json().await?;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(stage.get("/api/me").await?.status(), 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_revokes_itself_and_ends_the_sessions_begun_with_it() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    with_password(&stage, &stage.ada, "ada@example.org").await?;
    let (cookie, _) = sign_in(&stage, "ada@example.org").await?;
    let begun = stage.sign_in(&stage.ada).await?;
    let path = format!("/api/tokens/{}", stage.ada.token_id);
    let revoke = stage.request(Method::DELETE, &path).send().await?;
    assert_eq!(revoke.status(), 204);
    problem(stage.get("/api/me").await?, 401, "unauthenticated").await?;
    tokio::time::sleep(FORGOTTEN).await;
    let ended = stage.with_cookie(&begun, Method::GET, "/api/me");
    problem(ended.send().await?, 401, "unauthenticated").await?;
    let stays = stage.with_cookie(&cookie, Method::GET, "/api/me");
    assert_eq!(stays.send().await?.status(), 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_out_of_bounds_is_no_token() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    for (body, status, code) in [
        (json!({"name": " "}), 422, "unprocessable"),
        (json!({"name": "a\u{7}b"}), 422, "unprocessable"),
        (json!({"name": "x", "scopes": []}), 422, "unprocessable"),
        (
            json!({"name": "x", "expiresInDays": 0}),
            422,
            "unprocessable",
        ),
        (
            json!({"name": "x", "scopes": ["root"]}),
            400,
            "invalid_argument",
        ),
        (json!({"name": "x", "userId": "y"}), 400, "invalid_argument"),
    ] {
        problem(stage.post("/api/tokens", &body).await?, status, code).await?;
    }
    let fill = "INSERT INTO api_tokens (id, workspace_id, user_id, name, token_hash)
                SELECT gen_random_uuid(), workspace_id, user_id, 'one of many', sha256(n::text::bytea)
                FROM memberships, generate_series(1, 98) n";
    stage.database.execute(fill).await?;
    token(&stage, &["read"]).await?;
    let full = stage.post("/api/tokens", &json!({"name": "x"})).await?;
    problem(full, 409, "conflict").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn its_use_is_written_down_once_an_hour_at_the_most() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let used = "SELECT last_used_at::text FROM api_tokens";
    stage.read("/api/me").await?;
    let first = stage.database.text(used).await?;
    tokio::time::sleep(FORGOTTEN).await;
    stage.read("/api/me").await?;
    assert_eq!(stage.database.text(used).await?, first);
    let earlier = "UPDATE api_tokens SET last_used_at = now() - interval '61 minutes'";
    stage.database.execute(earlier).await?;
    tokio::time::sleep(FORGOTTEN).await;
    stage.read("/api/me").await?;
    let fresh = "SELECT count(*) FROM api_tokens WHERE last_used_at > now() - interval '1 minute'";
    assert_eq!(stage.database.number(fresh).await?, 1);
    Ok(())
}
