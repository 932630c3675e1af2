//! What ends when somebody is shut out: what lets them in, what they have open, what runs for them.

use std::time::Duration;

use mosaic_runtime::clock;
use mosaic_storage::{Claim, DeliveredJob};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use super::super::socket::{Received, Socket};
use super::super::sse::Sse;
use super::super::stage::{Person, Stage, problem, run_id};
use super::super::worker::Worker;
use super::{ask, audited, count, done, member, pairs, user};

/// As long as an answer about a credential is believed, and a little more.
const FORGOTTEN: Duration = Duration::from_millis(1_100);
const LEASE: Duration = Duration::from_mins(1);

/// Something that somebody says; the conversation and the run that answers.
async fn talk(stage: &Stage, who: &Person) -> anyhow::Result<(String, mosaic_domain::RunId)> {
    let made = done(stage, who, Method::POST, "/api/conversations", &json!({})).await?;
    let path = format!(
        "/api/conversations/{}",
        made["id"].as_str().unwrap_or_default()
    );
    let said = format!("{path}/messages");
    let accepted = done(
        stage,
        who,
        Method::POST,
        &said,
        &json!({"content": "hello"}),
    )
    .await?;
    Ok((path, run_id(&accepted)?))
}

async fn state(stage: &Stage, run: mosaic_domain::RunId) -> anyhow::Result<String> {
    let query =
        format!("SELECT state || ': ' || COALESCE(end_reason, '') FROM runs WHERE id = '{run}'");
    stage.database.text(&query).await
}

/// The status that a gateway answers somebody with.
async fn status(stage: &Stage, gateway: usize, who: &Person) -> anyhow::Result<u16> {
    let url = format!("http://{}/api/me", stage.host(gateway)?);
    let request = stage.http.get(url).bearer_auth(who.token.expose());
    Ok(request.send().await?.status().as_u16())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ban_ends_everything_at_once_on_every_replica() -> anyhow::Result<()> {
    let mut stage = Stage::set().await?;
    let other = stage.add_gateway().await?;
    let carl = stage.colleague("Carl", "member").await?;
    let cookie = stage.sign_in(&carl).await?;
    let (talk_path, held) = talk(&stage, &carl).await?;
    let (_, queued) = talk(&stage, &carl).await?;
    let (_, paused) = talk(&stage, &carl).await?;
    let halt = format!("/api/runs/{paused}/pause");
    done(&stage, &carl, Method::POST, &halt, &json!({})).await?;
    let mut worker = Worker::claim(&stage, held).await?;
    worker.begin_step().await?;
    let events = format!("{talk_path}/events");
    let mut sse = Sse::open_at(&stage, other, &carl, &events, None).await?;
    let mut socket = Socket::open_with(&stage, Some(carl.token.expose()), None).await?;
    assert_eq!(socket.frame().await?["type"], "ready");
    assert_eq!(status(&stage, other, &carl).await?, 200);

    let began = Instant::now();
    let ban = json!({"reason": "sold the silver"});
    done(&stage, &stage.ada, Method::POST, &user(&carl, "/ban"), &ban).await?;
    for run in [held, queued, paused] {
        assert_eq!(
            state(&stage, run).await?,
            "killed: whoever asked for it was banned"
        );
    }
    // Whoever held a run writes nothing more.
    assert!(worker.say("and now").await.is_err() || worker.record().await.is_err());
    let ended = timeout(Duration::from_secs(3), sse.rest()).await??;
    let last = ended
        .last()
        .map(|event| (event.kind.as_str(), &event.data["code"]));
    assert_eq!(last, Some(("problem", &json!("unauthenticated"))));
    let mut told = Value::Null;
    let code = loop {
        match socket.next().await? {
            Received::Frame(frame) if frame["type"] == "error" => told = frame,
            Received::Frame(_) => {}
            Received::Closed(code) => break code,
        }
    };
    assert_eq!(
        (code, &told["problem"]["code"]),
        (1008, &json!("unauthenticated"))
    );
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
    sleep(FORGOTTEN.saturating_sub(began.elapsed())).await;
    for gateway in [0, other] {
        assert_eq!(status(&stage, gateway, &carl).await?, 401);
    }
    let session = stage
        .with_cookie(&cookie, Method::GET, "/api/me")
        .send()
        .await?;
    problem(session, 401, "unauthenticated").await?;
    let log = audited(&stage, &stage.ada, "user.").await?;
    assert_eq!(log, pairs(&[("user.ban", "done")]));
    let kills = audited(&stage, &stage.ada, "run.kill").await?;
    assert_eq!(kills, pairs(&[("run.kill", "done"); 3]));
    let read = done(
        &stage,
        &stage.ada,
        Method::GET,
        &user(&carl, ""),
        &Value::Null,
    )
    .await?;
    assert_eq!(
        (
            &read["state"],
            &read["stateReason"],
            &read["owns"]["sessions"]
        ),
        (&json!("banned"), &json!("sold the silver"), &json!(0))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_let_in_again_signs_in_anew_and_finds_what_is_theirs() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let carl = stage.colleague("Carl", "member").await?;
    talk(&stage, &carl).await?;
    let login = format!(
        "UPDATE users SET email = 'carl@example.org' WHERE id = '{}'",
        carl.scope.user_id
    );
    stage.database.execute(&login).await?;
    let path = |what: &str| user(&carl, what);
    let reason = json!({"reason": "on leave"});
    for _ in 0..2 {
        done(
            &stage,
            &stage.ada,
            Method::POST,
            &path("/deactivate"),
            &reason,
        )
        .await?;
    }
    let link = ask(
        &stage,
        &stage.ada,
        Method::POST,
        &path("/password-link"),
        &Value::Null,
    )
    .await?;
    problem(link, 409, "conflict").await?;
    done(
        &stage,
        &stage.ada,
        Method::POST,
        &path("/reactivate"),
        &Value::Null,
    )
    .await?;
    sleep(FORGOTTEN).await;
    assert_eq!(status(&stage, 0, &carl).await?, 401);
    let link = done(
        &stage,
        &stage.ada,
        Method::POST,
        &path("/password-link"),
        &Value::Null,
    )
    .await?;
    let secret = link["link"].as_str().and_then(|link| link.split_once('#'));
    let password = "nine horses under a green moon";
    let set = json!({"secret": secret.map(|(_, secret)| secret), "password": password});
    let set = stage
        .http
        .post(stage.url("/api/password-link"))
        .json(&set)
        .send()
        .await?;
    assert_eq!(set.status(), 204, "{}", set.text().await?);
    let login = json!({"email": "carl@example.org", "password": password});
    let login = stage
        .http
        .post(stage.url("/api/session"))
        .json(&login)
        .send()
        .await?;
    let cookie = login.headers()["set-cookie"].to_str()?.to_owned();
    let cookie = cookie.split(';').next().unwrap_or_default();
    let own = stage.with_cookie(cookie, Method::GET, "/api/conversations");
    let own: Value = own.send().await?.error_for_status()?.json().await?;
    // They belong to their own workspace too; what they said here is still theirs.
    assert!(own["items"].is_array());
    assert_eq!(
        count(
            &stage,
            &format!("conversations WHERE owner_id = '{}'", carl.scope.user_id)
        )
        .await?,
        1
    );
    let log = audited(&stage, &stage.ada, "user.").await?;
    let expected = [
        ("user.deactivate", "done"),
        ("user.deactivate", "unchanged"),
        ("user.reactivate", "done"),
    ];
    assert_eq!(log, pairs(&expected));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn not_oneself_nor_anybody_above_and_only_from_home() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.stranger().await?;
    let dora = stage.colleague("Dora", "admin").await?;
    let carl = stage.colleague("Carl", "member").await?;
    let reason = json!({"reason": "x"});
    for (who, whom, status, code) in [
        (&stage.ada, &stage.ada, 409, "conflict"),
        (&dora, &stage.ada, 403, "permission_denied"),
        (&carl, &dora, 403, "permission_denied"),
        (&bob, &carl, 403, "permission_denied"),
    ] {
        let refused = ask(&stage, who, Method::POST, &user(whom, "/ban"), &reason).await?;
        problem(refused, status, code).await?;
    }
    let silent = ask(
        &stage,
        &dora,
        Method::POST,
        &user(&carl, "/ban"),
        &json!({"reason": " "}),
    )
    .await?;
    problem(silent, 422, "unprocessable").await?;
    // An owner of another workspace is no more than anybody here.
    let banned = ask(&stage, &dora, Method::POST, &user(&bob, "/ban"), &reason).await?;
    assert_eq!(banned.status(), 204);
    assert_eq!(count(&stage, "users WHERE state = 'banned'").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_owners_who_ban_each_other_one_stays() -> anyhow::Result<()> {
    let mut stage = Stage::set().await?;
    let other = stage.add_gateway().await?;
    let eve = stage.colleague("Eve", "owner").await?;
    let ban = |gateway: usize, who: &Person, whom: &Person| {
        let url = stage
            .host(gateway)
            .map(|host| format!("http://{host}{}", user(whom, "/ban")));
        let request = url.map(|url| stage.http.post(url).bearer_auth(who.token.expose()));
        async move {
            let body = json!({"reason": "x"});
            anyhow::Ok(request?.json(&body).send().await?.status().as_u16())
        }
    };
    let (one, two) = tokio::join!(ban(0, &stage.ada, &eve), ban(other, &eve, &stage.ada));
    let mut statuses = [one?, two?];
    statuses.sort_unstable();
    assert_eq!(statuses[0], 204);
    assert!(statuses[1] >= 400, "{statuses:?}");
    let active = format!(
        "memberships m JOIN users u ON u.id = m.user_id AND u.state = 'active'
         WHERE m.role = 'owner' AND m.workspace_id = '{}'",
        stage.ada.scope.workspace_id
    );
    assert_eq!(count(&stage, &active).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_somebody_ends_what_they_had_in_that_workspace_alone() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let carl = stage.colleague("Carl", "member").await?;
    let (_, here) = talk(&stage, &carl).await?;
    let _worker = Worker::claim(&stage, here).await?;
    let own = stage
        .database
        .text(&format!(
            "SELECT workspace_id::text FROM memberships WHERE user_id = '{}' AND workspace_id <> '{}'",
            carl.scope.user_id, carl.scope.workspace_id
        ))
        .await?;
    let link = format!(
        "INSERT INTO channel_links (id, workspace_id, user_id, channel, external_user_id, display_name)
         VALUES (gen_random_uuid(), '{}', '{}', 'telegram', '1', 'carl')",
        carl.scope.workspace_id, carl.scope.user_id
    );
    stage.database.execute(&link).await?;
    let mut socket = Socket::open_with(&stage, Some(carl.token.expose()), None).await?;
    assert_eq!(socket.frame().await?["type"], "ready");

    let removed = ask(
        &stage,
        &stage.ada,
        Method::DELETE,
        &member(&carl),
        &Value::Null,
    )
    .await?;
    assert_eq!(removed.status(), 204);
    assert_eq!(
        state(&stage, here).await?,
        "killed: whoever asked for it was removed from the workspace"
    );
    assert_eq!(socket.closed().await?, 1008);
    sleep(FORGOTTEN).await;
    assert_eq!(status(&stage, 0, &carl).await?, 401);
    for table in ["api_tokens", "channel_links"] {
        let left = format!("{table} WHERE user_id = '{}'", carl.scope.user_id);
        assert_eq!(count(&stage, &left).await?, 0, "{table}");
    }
    // What they said stays for when they come back, and they are still somebody elsewhere.
    assert_eq!(
        count(
            &stage,
            &format!("conversations WHERE owner_id = '{}'", carl.scope.user_id)
        )
        .await?,
        1
    );
    assert_eq!(
        count(&stage, &format!("memberships WHERE workspace_id = '{own}'")).await?,
        1
    );
    let log = audited(&stage, &stage.ada, "member.").await?;
    assert_eq!(log, pairs(&[("member.remove", "done")]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_crash_left_to_run_is_ended_by_whoever_would_take_it() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let carl = stage.colleague("Carl", "member").await?;
    let (talk_path, first) = talk(&stage, &carl).await?;
    let waits = json!({"content": "then this", "delivery": "wait"});
    let said = format!("{talk_path}/messages");
    let second = run_id(&done(&stage, &carl, Method::POST, &said, &waits).await?)?;
    let (_, held) = talk(&stage, &carl).await?;
    Worker::claim_as(&stage, held, clock::id(), Duration::from_millis(1)).await?;
    // As if the gateway had died between shutting them out and killing what runs.
    let out = format!(
        "UPDATE users SET state = 'banned', state_at = now() WHERE id = '{}'",
        carl.scope.user_id
    );
    stage.database.execute(&out).await?;
    for run in [first, second, held] {
        let query = format!("SELECT job_id::text FROM runs WHERE id = '{run}'");
        let job = DeliveredJob {
            id: stage.database.text(&query).await?.parse()?,
            workspace_id: carl.scope.workspace_id,
        };
        let claim = stage
            .storage
            .claim_delivered(run, job, clock::id(), LEASE, 10)
            .await?;
        assert!(matches!(claim, Claim::Ended), "{claim:?}");
        let ended = state(&stage, run).await?;
        assert!(
            ended.starts_with("killed: whoever asked for it is not"),
            "{ended}"
        );
        assert_eq!(
            count(&stage, &format!("outbox WHERE id = '{}'", job.id)).await?,
            0
        );
    }
    let kills = audited(&stage, &stage.ada, "run.kill").await?;
    assert_eq!(kills, pairs(&[("run.kill", "done"); 3]));
    let log = stage.read("/api/audit?action=run.kill").await?;
    assert_eq!(log["items"][0]["actor"], "Mosaic");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_holds_a_run_is_asked_to_stop_even_if_nobody_gets_to_killing_it() -> anyhow::Result<()>
{
    let stage = Stage::set().await?;
    let carl = stage.colleague("Carl", "member").await?;
    let (_, run) = talk(&stage, &carl).await?;
    let worker = Worker::claim(&stage, run).await?;
    let new = mosaic_storage::NewState {
        user_id: carl.scope.user_id,
        home: stage.ada.scope.workspace_id,
        state: mosaic_storage::UserState::Deactivated,
        reason: Some("x"),
        shown: "whoever asked for it was deactivated",
    };
    let by = mosaic_storage::Actor {
        workspace_id: stage.ada.scope.workspace_id,
        user_id: Some(stage.ada.scope.user_id),
        name: "Ada".to_owned(),
        address: None,
    };
    stage
        .storage
        .set_user_state(&new, &by, |_| Ok::<_, ()>(()))
        .await?;
    let fence = worker.claimed.fence;
    let held = stage
        .storage
        .renew_leases(fence.worker_id, &[(run, fence.epoch)], LEASE)
        .await?;
    let asked = held.first().and_then(|held| held.cancel_reason.clone());
    assert_eq!(
        asked.as_deref(),
        Some("whoever asked for it was deactivated")
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_somebody_out_ends_sessions_and_tokens_only_if_that_is_wanted() -> anyhow::Result<()>
{
    let stage = Stage::set().await?;
    let carl = stage.colleague("Carl", "member").await?;
    let by_password = format!(
        "INSERT INTO sessions (id, secret_hash, workspace_id, user_id, method, idle_until, expires_at)
         VALUES (gen_random_uuid(), sha256('x'), '{}', '{}', 'password', now() + interval '1 day', now() + interval '1 day')",
        carl.scope.workspace_id, carl.scope.user_id
    );
    stage.database.execute(&by_password).await?;
    done(
        &stage,
        &stage.ada,
        Method::POST,
        &user(&carl, "/sign-out"),
        &Value::Null,
    )
    .await?;
    let sessions = format!("sessions WHERE user_id = '{}'", carl.scope.user_id);
    assert_eq!(count(&stage, &sessions).await?, 0);
    sleep(FORGOTTEN).await;
    assert_eq!(status(&stage, 0, &carl).await?, 200);
    let all = user(&carl, "/sign-out?tokens=true");
    done(&stage, &stage.ada, Method::POST, &all, &Value::Null).await?;
    sleep(FORGOTTEN).await;
    assert_eq!(status(&stage, 0, &carl).await?, 401);
    Ok(())
}
