//! Whoever asks too often is told when to come back, over all gateways, and nobody else is held up.

use std::time::Duration;

use mosaic_config::Config;
use mosaic_testkit::service::eventually;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use super::socket::{Received, Socket};
use super::stage::{Stage, problem};

/// Ten at once, then one in two seconds.
const SLOW: u32 = 30;

fn slow_users(config: &mut Config) {
    config.limits.user_per_minute = SLOW;
    config.limits.burst_s = 20;
}

fn slow_credentials(config: &mut Config) {
    config.limits.credential_per_minute = SLOW;
    config.limits.burst_s = 20;
}

fn slow_addresses(config: &mut Config) {
    config.limits.address_per_minute = SLOW;
    config.limits.burst_s = 20;
}

/// How often something is answered until it is asked for too often.
async fn answered(request: impl Fn() -> RequestBuilder) -> anyhow::Result<u32> {
    for count in 0..100 {
        let response = request().send().await?;
        if response.status() == StatusCode::TOO_MANY_REQUESTS {
            let seconds = response.headers()["retry-after"].to_str()?.parse::<u64>()?;
            assert!((1..=3).contains(&seconds), "{seconds}");
            let told = problem(response, 429, "rate_limited").await?;
            assert!(
                told["remedy"]
                    .as_str()
                    .is_some_and(|text| text.contains("Try again in"))
            );
            return Ok(count);
        }
    }
    anyhow::bail!("nobody is ever refused")
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_too_often_is_told_when_to_come_back_and_others_are_not_held_up()
-> anyhow::Result<()> {
    let stage = Stage::set_with(slow_users).await?;
    let bob = stage.stranger().await?;
    let cookie = stage.sign_in(&stage.ada).await?;
    let count = answered(|| stage.request(Method::GET, "/api/me")).await?;
    assert!((8..=14).contains(&count), "{count}");
    // It is the person who has asked too often, whatever they prove it with.
    let session = stage.with_cookie(&cookie, Method::GET, "/api/me");
    problem(session.send().await?, 429, "rate_limited").await?;
    let other = stage.request_by(&bob, Method::GET, "/api/me").send();
    assert_eq!(other.await?.status(), 200);
    // As soon as they have rested; on a busy machine what they have asked is told late.
    let rested = async {
        while stage.get("/api/me").await?.status() != 200 {
            sleep(Duration::from_millis(2_100)).await;
        }
        anyhow::Ok(())
    };
    timeout(Duration::from_secs(20), rested).await?
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_used_up_leaves_its_person_their_others() -> anyhow::Result<()> {
    let stage = Stage::set_with(slow_credentials).await?;
    let made = stage
        .post(
            "/api/tokens",
            &json!({"name": "another", "scopes": ["read"]}),
        )
        .await?;
    let made: Value = made.error_for_status()?.json().await?;
    let another = made["token"].as_str().unwrap_or_default();
    answered(|| stage.request(Method::GET, "/api/me")).await?;
    let other = stage.http.get(stage.url("/api/me")).bearer_auth(another);
    assert_eq!(other.send().await?.status(), 200);
    // Sessions that are begun with it have no more than it has itself.
    let cookie = stage.sign_in(&stage.ada).await?;
    answered(|| stage.request(Method::GET, "/api/me")).await?;
    let session = stage.with_cookie(&cookie, Method::GET, "/api/me");
    problem(session.send().await?, 429, "rate_limited").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_of_one_address_are_held_to_what_it_has_and_who_proves_an_identity_is_not()
-> anyhow::Result<()> {
    let stage = Stage::set_with(slow_addresses).await?;
    let count = answered(|| stage.http.get(stage.url("/api/login"))).await?;
    assert!((8..=14).contains(&count), "{count}");
    // What proves nothing makes nobody else of them.
    let unknown = mosaic_identity::ApiToken::generate();
    let garbage = stage.http.get(stage.url("/api/me"));
    let garbage = garbage.bearer_auth(unknown.expose()).send().await?;
    problem(garbage, 429, "rate_limited").await?;
    for _ in 0..30 {
        assert_eq!(stage.get("/api/me").await?.status(), 200);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_gateways_together_let_through_what_one_may() -> anyhow::Result<()> {
    let mut stage = Stage::set_with(slow_users).await?;
    let second = stage.add_gateway().await?;
    let there = format!("http://{}/api/me", stage.host(second)?);
    let token = stage.ada.token.expose();
    answered(|| stage.request(Method::GET, "/api/me")).await?;
    let began = Instant::now();
    let mut more = 0;
    eventually("the other gateway to hear of it", async || {
        let request = stage.http.get(&there).bearer_auth(token);
        let response = request.send().await.ok()?;
        if response.status() == 429 {
            return Some(());
        }
        more += 1;
        sleep(Duration::from_millis(150)).await;
        None
    })
    .await?;
    // At once it does not know; alone it would let ten through.
    assert!(more <= 6, "{more} in {:?}", began.elapsed());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_valkey_everybody_is_still_let_in_and_nobody_without_bound() -> anyhow::Result<()> {
    let mut stage = Stage::set_with(slow_users).await?;
    stage.valkey.kill().await;
    let began = Instant::now();
    let count = answered(|| stage.request(Method::GET, "/api/me")).await?;
    assert!((8..=14).contains(&count), "{count}");
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    let mut wrong = 0;
    loop {
        let guess = json!({"email": "ada@example.org", "password": "a guess"});
        let guess = stage.http.post(stage.url("/api/session")).json(&guess);
        let answer = guess.send().await?;
        if answer.status() == 429 {
            break;
        }
        problem(answer, 401, "unauthenticated").await?;
        wrong += 1;
        anyhow::ensure!(wrong < 20, "guessed on and on");
    }
    assert!((11..15).contains(&wrong), "{wrong}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_on_a_socket_count_like_requests() -> anyhow::Result<()> {
    let stage = Stage::set_with(slow_users).await?;
    let mut socket = Socket::open(&stage).await?;
    let mut pongs = 0;
    loop {
        socket.send(&json!({"type": "ping"})).await?;
        let Received::Frame(frame) = socket.next().await? else {
            anyhow::bail!("the socket was closed");
        };
        if frame["type"] == "error" {
            assert_eq!(frame["problem"]["code"], "rate_limited", "{frame}");
            break;
        }
        pongs += 1;
        anyhow::ensure!(pongs < 50, "never refused");
    }
    assert!((7..=14).contains(&pongs), "{pongs}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_refused_is_written_down_with_how_often() -> anyhow::Result<()> {
    let stage = Stage::set_with(slow_users).await?;
    let carl = stage.colleague("Carl", "admin").await?;
    answered(|| stage.request(Method::GET, "/api/me")).await?;
    for _ in 0..20 {
        stage.get("/api/me").await?;
    }
    let entries = "SELECT count(*) FROM audit_log WHERE action = 'request.refused'";
    let times = "SELECT COALESCE(sum(repeated), 0)::bigint FROM audit_repeats WHERE action = 'request.refused'";
    eventually("all refusals in the audit log", async || {
        let times = stage.database.number(times).await.ok()?;
        (times >= 19).then_some(())
    })
    .await?;
    // One, or two where a minute began meanwhile.
    assert!(stage.database.number(entries).await? <= 2);
    let path = format!(
        "/api/audit?action=request.*&actor={}",
        stage.ada.scope.user_id
    );
    let log = stage.request_by(&carl, Method::GET, &path).send().await?;
    let log: Value = log.error_for_status()?.json().await?;
    let entry = &log["items"][0];
    assert_eq!(entry["actor"], "Ada");
    assert_eq!(entry["targetId"], "user");
    assert_eq!(entry["outcome"], "denied");
    assert_eq!(entry["address"], "127.0.0.1");
    assert!(entry["repeated"].as_i64() > Some(1), "{entry}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_proxy_says_from_where_a_request_is_and_nobody_else_does() -> anyhow::Result<()> {
    let behind = Stage::set_with(|config| {
        slow_addresses(config);
        config.gateway.trusted_proxies = vec!["127.0.0.0/8".to_owned()];
    })
    .await?;
    let ask = |stage: &Stage, from: &str| {
        let request = stage.http.get(stage.url("/api/login"));
        request.header("x-forwarded-for", from)
    };
    answered(|| ask(&behind, "203.0.113.7")).await?;
    assert_eq!(ask(&behind, "203.0.113.8").send().await?.status(), 200);
    let direct = Stage::set_with(slow_addresses).await?;
    answered(|| ask(&direct, "203.0.113.7")).await?;
    let forged = ask(&direct, "203.0.113.8").send().await?;
    problem(forged, 429, "rate_limited").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_on_and_on_is_written_down_although_nothing_is_looked_at() -> anyhow::Result<()>
{
    let stage = Stage::set().await?;
    let guess = json!({"token": mosaic_identity::ApiToken::generate().expose()});
    let mut refused = 0;
    for _ in 0..60 {
        let answer = stage.http.post(stage.url("/api/session")).json(&guess);
        if answer.send().await?.status() == 429 {
            refused += 1;
        }
    }
    assert!(refused > 30, "{refused}");
    let times = "SELECT COALESCE(sum(repeated), 0)::bigint FROM audit_repeats
                 WHERE action = 'request.refused' AND about LIKE 'limit sign_in%' AND network = '127.0.0.1'";
    eventually("all refusals in the audit log", async || {
        let times = stage.database.number(times).await.ok()?;
        (times == refused).then_some(())
    })
    .await?;
    let entries = "SELECT count(*) FROM audit_log WHERE action = 'request.refused'";
    assert!(stage.database.number(entries).await? <= 2);
    Ok(())
}
