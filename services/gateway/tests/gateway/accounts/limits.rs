//! How often passwords are guessed.

use std::time::Duration;

use futures::future::try_join_all;
use mosaic_testkit::service::eventually;
use reqwest::Method;
use serde_json::json;

use super::super::stage::{Stage, problem};
use super::account::{PASSWORD, noted, sign_in, try_password, with_password};

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_guessed_at_only_so_often_and_others_stay_open() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    with_password(&stage, &stage.ada, "ada@example.org").await?;
    let bob = stage.colleague("Bob", "member").await?;
    with_password(&stage, &bob, "bob@example.org").await?;
    let mut guesses = 0;
    loop {
        let answer = try_password(&stage, "ada@example.org", "a guess").await?;
        if answer.status() == 429 {
            break;
        }
        problem(answer, 401, "unauthenticated").await?;
        guesses += 1;
        anyhow::ensure!(guesses < 20, "guessed on and on");
    }
    // Ten, one of this address for itself, and another for every minute that this took.
    assert!((11..15).contains(&guesses), "{guesses}");
    // From here not even the right one is asked for: it could be the next guess.
    let refused = try_password(&stage, "ADA@example.org", PASSWORD).await?;
    assert!(refused.headers().contains_key("retry-after"));
    problem(refused, 429, "rate_limited").await?;
    sign_in(&stage, "bob@example.org").await?;
    // A token is nothing that could be guessed.
    stage.sign_in(&stage.ada).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_does_not_try_many_accounts_and_whether_they_exist_makes_no_difference()
-> anyhow::Result<()> {
    let stage = Stage::set().await?;
    with_password(&stage, &stage.ada, "ada@example.org").await?;
    let mut tried = 0;
    while tried < 60 {
        let emails: Vec<_> = (0..10)
            .map(|n| format!("nobody{}@example.org", tried + n))
            .collect();
        let guesses = emails
            .iter()
            .map(|email| try_password(&stage, email, "a guess"));
        let answers = try_join_all(guesses).await?;
        let refused = answers.iter().filter(|one| one.status() == 429).count();
        let wrong = answers.iter().filter(|one| one.status() == 401).count();
        assert_eq!(refused + wrong, 10);
        if refused > 5 {
            break;
        }
        tried += 10;
    }
    assert!((10..60).contains(&tried), "{tried}");
    for email in ["ada@example.org", "nobody@example.org"] {
        let refused = try_password(&stage, email, PASSWORD).await?;
        problem(refused, 429, "rate_limited").await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_in_often_with_the_right_password_is_never_refused() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    with_password(&stage, &stage.ada, "ada@example.org").await?;
    for _ in 0..25 {
        sign_in(&stage, "ada@example.org").await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_and_hangs_up_before_the_refusal_is_written_down() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    with_password(&stage, &stage.ada, "ada@example.org").await?;
    // The right password is answered long before; a wrong one not before 400 ms.
    for _ in 0..8 {
        let guess = stage.http.post(stage.url("/api/session"));
        let guess = guess.json(&json!({"email": "ada@example.org", "password": "a guess"}));
        let heard = guess.timeout(Duration::from_millis(350)).send().await;
        assert!(heard.is_err_and(|error| error.is_timeout()));
    }
    eventually("the guesses in the audit log", async || {
        let written = noted(&stage, "session.refused", "denied").await.ok()?;
        (written > 0).then_some(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_the_own_password_are_written_down() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    with_password(&stage, &stage.ada, "ada@example.org").await?;
    let (cookie, _) = sign_in(&stage, "ada@example.org").await?;
    let guess = stage.with_cookie(&cookie, Method::PUT, "/api/me/password");
    let guess = guess.json(&json!({"current": "a guess", "new": "seven cats on a warm roof"}));
    problem(guess.send().await?, 403, "permission_denied").await?;
    eventually("the guess in the audit log", async || {
        let written = noted(&stage, "session.refused", "denied").await.ok()?;
        (written == 1).then_some(())
    })
    .await
}
