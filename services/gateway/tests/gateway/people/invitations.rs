//! Invitations.

use futures::future::join_all;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::super::stage::{Person, Stage, problem};
use super::{ask, audited, count, done, member, pairs, role_of};

const PASSWORD: &str = "nine horses under a green moon";

/// An invitation by Ada; its secret.
async fn invite(stage: &Stage, body: &Value) -> anyhow::Result<String> {
    let made = done(stage, &stage.ada, Method::POST, "/api/invitations", body).await?;
    let secret = made["secret"].as_str().unwrap_or_default().to_owned();
    let link = format!("{}/invite#{secret}", stage.url(""));
    assert_eq!(made["link"], json!(link));
    assert_eq!(made["state"], "open");
    Ok(secret)
}

/// A request by nobody.
async fn post(stage: &Stage, what: &str, body: &Value) -> anyhow::Result<Response> {
    let url = stage.url(&format!("/api/invitations/{what}"));
    Ok(stage.http.post(url).json(body).send().await?)
}

fn newcomer(secret: &str, name: &str, email: &str) -> Value {
    json!({"secret": secret, "name": name, "email": email, "password": PASSWORD})
}

fn cookie(response: &Response) -> String {
    let header = response.headers().get("set-cookie");
    let text = header
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    text.split(';').next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_the_link_joins_once_and_is_signed_in() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let team = done(
        &stage,
        &stage.ada,
        Method::POST,
        "/api/teams",
        &json!({"name": "Red"}),
    )
    .await?;
    let body = json!({"role": "member", "teamId": team["id"], "expiresInDays": 1});
    let secret = invite(&stage, &body).await?;
    let look = post(&stage, "look", &json!({ "secret": secret })).await?;
    let look: Value = look.error_for_status()?.json().await?;
    assert_eq!(
        (
            &look["workspace"],
            &look["role"],
            &look["inviter"],
            &look["hasAccount"]
        ),
        (
            &json!("Ada's"),
            &json!("member"),
            &json!("Ada"),
            &json!(false)
        )
    );
    let joined = post(
        &stage,
        "accept",
        &newcomer(&secret, "Nina", "nina@example.org"),
    )
    .await?;
    assert_eq!(joined.status(), 201);
    let cookie = cookie(&joined);
    let me: Value = joined.json().await?;
    assert_eq!(
        (&me["name"], &me["role"]),
        (&json!("Nina"), &json!("member"))
    );
    // Having an open link proves nothing about an address.
    assert_eq!(me["emailVerified"], false);
    let again = stage
        .with_cookie(&cookie, Method::GET, "/api/members")
        .send()
        .await?;
    let list: Value = again.error_for_status()?.json().await?;
    let teams = &list["items"][1]["teams"];
    assert_eq!(
        (&teams[0]["name"], &teams[0]["role"]),
        (&json!("Red"), &json!("member"))
    );

    for what in ["look", "accept"] {
        let body = if what == "look" {
            json!({ "secret": secret })
        } else {
            newcomer(&secret, "Otto", "otto@example.org")
        };
        problem(post(&stage, what, &body).await?, 404, "not_found").await?;
    }
    let list = stage.read("/api/invitations").await?;
    assert_eq!(list["items"][0]["state"], "accepted");
    assert!(!list.to_string().contains(&secret));
    assert_eq!(count(&stage, "users WHERE name = 'Otto'").await?, 0);
    let log = audited(&stage, &stage.ada, "invitation.").await?;
    let expected = [("invitation.create", "done"), ("invitation.accept", "done")];
    assert_eq!(log, pairs(&expected));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_accept_at_once_one_wins() -> anyhow::Result<()> {
    let mut stage = Stage::set().await?;
    stage.add_gateway().await?;
    let secret = invite(&stage, &json!({"role": "admin"})).await?;
    let attempts = (0..6).map(|number| {
        let body = newcomer(
            &secret,
            &format!("N{number}"),
            &format!("n{number}@example.org"),
        );
        let host = stage.host(number % 2);
        let http = &stage.http;
        async move {
            let url = format!("http://{}/api/invitations/accept", host?);
            let response = http.post(url).json(&body).send().await?;
            anyhow::Ok(response.status().as_u16())
        }
    });
    let mut statuses: Vec<u16> = join_all(attempts)
        .await
        .into_iter()
        .collect::<Result<_, _>>()?;
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 404, 404, 404, 404, 404]);
    // Of those who lost, nothing is left behind.
    assert_eq!(count(&stage, "users WHERE name LIKE 'N%'").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bound_invitation_is_accepted_by_its_address_alone() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.stranger().await?;
    let body = json!({"role": "member", "email": "nina@example.org"});
    let secret = invite(&stage, &body).await?;
    let other = newcomer(&secret, "Otto", "otto@example.org");
    problem(
        post(&stage, "accept", &other).await?,
        403,
        "permission_denied",
    )
    .await?;
    let signed_in = json!({ "secret": secret });
    let path = "/api/invitations/accept";
    let other = ask(&stage, &bob, Method::POST, path, &signed_in).await?;
    problem(other, 403, "permission_denied").await?;
    let weak = json!({"secret": secret, "name": "Nina", "password": "passwordpassword"});
    let weak = problem(post(&stage, "accept", &weak).await?, 422, "unprocessable").await?;
    assert_eq!(weak["errors"][0]["field"], "password");
    let body = json!({"secret": secret, "name": "Nina", "password": PASSWORD});
    let joined = post(&stage, "accept", &body).await?.error_for_status()?;
    let me: Value = joined.json().await?;
    assert_eq!(
        (&me["email"], &me["emailVerified"]),
        (&json!("nina@example.org"), &json!(true))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_vouched_for_by_nobody_but_those_who_run_the_installation()
-> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.stranger().await?;
    // Bob sees the secret of what he makes, and accepts it himself under somebody else's address.
    let body = json!({"role": "member", "email": "nina@example.org"});
    let made = done(&stage, &bob, Method::POST, "/api/invitations", &body).await?;
    let body = json!({"secret": made["secret"], "name": "Nina", "password": PASSWORD});
    let joined = post(&stage, "accept", &body).await?.error_for_status()?;
    let me: Value = joined.json().await?;
    assert_eq!(
        (&me["email"], &me["emailVerified"]),
        (&json!("nina@example.org"), &json!(false))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_an_account_proves_it() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let secret = invite(&stage, &json!({"role": "guest"})).await?;
    post(
        &stage,
        "accept",
        &newcomer(&secret, "Nina", "nina@example.org"),
    )
    .await?
    .error_for_status()?;
    let leave =
        "DELETE FROM memberships WHERE user_id = (SELECT id FROM users WHERE name = 'Nina')";
    stage.database.execute(leave).await?;

    let body = json!({"role": "member", "email": "Nina@Example.org"});
    let secret = invite(&stage, &body).await?;
    let look = post(&stage, "look", &json!({ "secret": secret })).await?;
    assert_eq!(look.json::<Value>().await?["hasAccount"], true);
    let wrong = json!({"secret": secret, "password": "another one entirely, no"});
    problem(
        post(&stage, "accept", &wrong).await?,
        401,
        "unauthenticated",
    )
    .await?;
    let right = json!({"secret": secret, "password": PASSWORD});
    let joined = post(&stage, "accept", &right).await?;
    assert_eq!(joined.status(), 201);
    let cookie = cookie(&joined);
    // A second time there is nothing to join, and what is open stays open.
    let secret = invite(&stage, &json!({"role": "admin"})).await?;
    let again = stage
        .with_cookie(&cookie, Method::POST, "/api/invitations/accept")
        .json(&json!({ "secret": secret }));
    problem(again.send().await?, 409, "conflict").await?;
    assert_eq!(
        count(&stage, "invitations WHERE accepted_at IS NULL").await?,
        1
    );
    assert_eq!(count(&stage, "users WHERE name = 'Nina'").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_put_out_does_not_come_back_with_an_invitation_that_was_left_over()
-> anyhow::Result<()> {
    let stage = Stage::set().await?;
    for (address, path) in [("nina", "/api/members/"), ("otto", "/api/users/")] {
        let email = format!("{address}@example.org");
        let body = json!({"role": "admin", "email": email});
        let left = invite(&stage, &body).await?;
        let used = invite(&stage, &body).await?;
        let joined = post(&stage, "accept", &newcomer(&used, address, &email)).await?;
        let me: Value = joined.error_for_status()?.json().await?;
        let id = me["userId"].as_str().unwrap_or_default();
        if path == "/api/members/" {
            let path = format!("{path}{id}");
            done(&stage, &stage.ada, Method::DELETE, &path, &Value::Null).await?;
        } else {
            let (path, why) = (format!("{path}{id}/ban"), json!({"reason": "spam"}));
            done(&stage, &stage.ada, Method::POST, &path, &why).await?;
        }
        let look = post(&stage, "look", &json!({ "secret": left })).await?;
        problem(look, 404, "not_found").await?;
        let back = post(&stage, "accept", &newcomer(&left, address, &email)).await?;
        problem(back, 404, "not_found").await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_goes_along_and_a_token_stays() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.stranger().await?;
    let secret = invite(&stage, &json!({"role": "member"})).await?;
    let path = "/api/invitations/accept";
    let me = done(
        &stage,
        &bob,
        Method::POST,
        path,
        &json!({ "secret": secret }),
    )
    .await?;
    assert_eq!(me["workspace"], "Bob's");
    let own = done(&stage, &bob, Method::GET, "/api/workspaces", &Value::Null).await?;
    let names: Vec<_> = own["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| &one["name"])
        .collect();
    assert_eq!(names, ["Ada's", "Bob's"]);

    let secret = invite(&stage, &json!({"role": "member"})).await?;
    let first = post(
        &stage,
        "accept",
        &newcomer(&secret, "Nina", "nina@example.org"),
    )
    .await?;
    let cookie = cookie(&first);
    let body = json!({"role": "guest"});
    let made = done(&stage, &bob, Method::POST, "/api/invitations", &body).await?;
    let joined = stage
        .with_cookie(&cookie, Method::POST, path)
        .json(&json!({"secret": made["secret"]}));
    let me: Value = joined.send().await?.error_for_status()?.json().await?;
    assert_eq!(
        (&me["workspace"], &me["role"]),
        (&json!("Bob's"), &json!("guest"))
    );
    let now = stage
        .with_cookie(&cookie, Method::GET, "/api/me")
        .send()
        .await?;
    assert_eq!(now.json::<Value>().await?["workspace"], "Bob's");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_invites_above_their_own_role_nor_into_what_is_not_there() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let dora = stage.colleague("Dora", "admin").await?;
    let carl = stage.colleague("Carl", "member").await?;
    let path = "/api/invitations";
    let mut made = Vec::new();
    for (who, role, status) in [
        (&dora, "owner", 403),
        (&carl, "guest", 403),
        (&dora, "admin", 201),
        (&stage.ada, "owner", 201),
    ] {
        let response = ask(&stage, who, Method::POST, path, &json!({ "role": role })).await?;
        assert_eq!(response.status(), status, "{role}");
        made.push(response.json::<Value>().await?);
    }
    let foreign = json!({"role": "guest", "teamId": "0199d1f0-0000-7000-8000-000000000000"});
    let foreign = ask(&stage, &dora, Method::POST, path, &foreign).await?;
    problem(foreign, 422, "unprocessable").await?;
    let long = json!({"role": "guest", "expiresInDays": 91});
    problem(
        ask(&stage, &dora, Method::POST, path, &long).await?,
        422,
        "unprocessable",
    )
    .await?;
    let hidden = ask(&stage, &carl, Method::GET, path, &Value::Null).await?;
    problem(hidden, 403, "permission_denied").await?;

    // What somebody has handed out ends with the role that let them.
    done(
        &stage,
        &stage.ada,
        Method::PATCH,
        &member(&dora),
        &json!({"role": "member"}),
    )
    .await?;
    let look = post(&stage, "look", &json!({"secret": made[2]["secret"]})).await?;
    problem(look, 404, "not_found").await?;
    let look = post(&stage, "look", &json!({"secret": made[3]["secret"]})).await?;
    assert_eq!(look.status(), 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_or_expired_invitation_holds_no_more_and_strangers_revoke_none()
-> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob: Person = stage.stranger().await?;
    let made = done(
        &stage,
        &stage.ada,
        Method::POST,
        "/api/invitations",
        &json!({"role": "guest"}),
    )
    .await?;
    let path = format!(
        "/api/invitations/{}",
        made["id"].as_str().unwrap_or_default()
    );
    let foreign = ask(&stage, &bob, Method::DELETE, &path, &Value::Null).await?;
    problem(foreign, 404, "not_found").await?;
    let revoked = ask(&stage, &stage.ada, Method::DELETE, &path, &Value::Null).await?;
    assert_eq!(revoked.status(), 204);
    let look = post(&stage, "look", &json!({"secret": made["secret"]})).await?;
    problem(look, 404, "not_found").await?;
    let again = ask(&stage, &stage.ada, Method::DELETE, &path, &Value::Null).await?;
    problem(again, 404, "not_found").await?;
    let secret = invite(&stage, &json!({"role": "guest"})).await?;
    let over = "UPDATE invitations SET expires_at = now() WHERE revoked_at IS NULL";
    stage.database.execute(over).await?;
    let late = newcomer(&secret, "Nina", "nina@example.org");
    problem(post(&stage, "accept", &late).await?, 404, "not_found").await?;
    let list = stage.read("/api/invitations").await?;
    assert_eq!(
        (&list["items"][0]["state"], &list["items"][1]["state"]),
        (&json!("expired"), &json!("revoked"))
    );
    for secret in ["", "x", "not base64!"] {
        let look = post(&stage, "look", &json!({ "secret": secret })).await?;
        problem(look, 404, "not_found").await?;
    }
    assert_eq!(role_of(&stage, &stage.ada).await?.as_deref(), Some("owner"));
    Ok(())
}
