//! The accounts of the installation, as its admins see them.

use reqwest::Method;
use serde_json::{Value, json};

use super::super::stage::{Person, Stage, problem};
use super::{ask, audited, count, done, pairs, user};

#[tokio::test(flavor = "multi_thread")]
async fn everybody_is_listed_found_and_read_by_admins_of_home_alone() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.stranger().await?;
    let dora = stage.colleague("Dora", "admin").await?;
    let carl = stage.colleague("Carl", "member").await?;
    for who in [&bob, &carl] {
        for path in ["/api/users".to_owned(), user(&carl, "")] {
            let hidden = ask(&stage, who, Method::GET, &path, &Value::Null).await?;
            problem(hidden, 403, "permission_denied").await?;
        }
    }
    let first = done(
        &stage,
        &dora,
        Method::GET,
        "/api/users?limit=2",
        &Value::Null,
    )
    .await?;
    let names = |page: &Value| -> Vec<Value> {
        let items = page["items"].as_array().into_iter().flatten();
        items.map(|one| one["name"].clone()).collect()
    };
    assert_eq!(names(&first), ["Carl", "Dora"]);
    let cursor = first["nextCursor"].as_str().unwrap_or_default();
    let path = format!("/api/users?limit=2&cursor={cursor}");
    let second = done(&stage, &dora, Method::GET, &path, &Value::Null).await?;
    assert_eq!(names(&second), ["Bob", "Ada"]);
    assert!(second.get("nextCursor").is_none());
    let found = done(
        &stage,
        &dora,
        Method::GET,
        "/api/users?search=aR",
        &Value::Null,
    )
    .await?;
    assert_eq!(names(&found), ["Carl"]);
    let wrong = ask(
        &stage,
        &dora,
        Method::GET,
        "/api/users?cursor=x",
        &Value::Null,
    )
    .await?;
    problem(wrong, 422, "unprocessable").await?;
    let one = done(&stage, &dora, Method::GET, &user(&bob, ""), &Value::Null).await?;
    assert_eq!(
        (&one["state"], &one["workspaces"][0]["role"]),
        (&json!("active"), &json!("owner"))
    );
    assert_eq!(one["owns"]["tokens"], 1);
    let nobody = "/api/users/0199d1f0-0000-7000-8000-000000000000";
    let nobody = ask(&stage, &dora, Method::GET, nobody, &Value::Null).await?;
    problem(nobody, 404, "not_found").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_made_with_a_password_or_with_a_link() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let dora = stage.colleague("Dora", "admin").await?;
    let body = json!({"name": "Nina", "email": "nina@example.org", "role": "member",
                      "password": "nine horses under a green moon"});
    let made = done(&stage, &dora, Method::POST, "/api/users", &body).await?;
    assert!(made.get("link").is_none(), "{made}");
    assert_eq!(made["workspaces"][0]["role"], "member");
    let login = json!({"email": "NINA@example.org", "password": "nine horses under a green moon"});
    let login = stage
        .http
        .post(stage.url("/api/session"))
        .json(&login)
        .send()
        .await?;
    assert_eq!(login.status(), 201);

    let body = json!({"name": "Otto", "email": "otto@example.org", "role": "guest"});
    let made = done(&stage, &dora, Method::POST, "/api/users", &body).await?;
    let link = made["link"].as_str().unwrap_or_default();
    assert!(
        link.starts_with(&format!("{}/password#", stage.url(""))),
        "{link}"
    );
    let taken = ask(&stage, &dora, Method::POST, "/api/users", &body).await?;
    let taken = problem(taken, 409, "conflict").await?;
    assert_eq!(taken["errors"][0]["field"], "email");
    let above = json!({"name": "X", "email": "x@example.org", "role": "owner"});
    let above = ask(&stage, &dora, Method::POST, "/api/users", &above).await?;
    problem(above, 403, "permission_denied").await?;
    let wrong = json!({"name": "", "email": "x", "role": "guest"});
    let wrong = ask(&stage, &dora, Method::POST, "/api/users", &wrong).await?;
    let wrong = problem(wrong, 422, "unprocessable").await?;
    assert_eq!(wrong["errors"].as_array().map(Vec::len), Some(2));
    assert_eq!(count(&stage, "users WHERE email IS NOT NULL").await?, 2);
    let log = audited(&stage, &stage.ada, "user.create").await?;
    let expected = [
        ("user.create", "done"),
        ("user.create", "done"),
        ("user.create", "denied"),
    ];
    assert_eq!(log, pairs(&expected));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_sets_a_password_of_those_below_and_of_nobody_above() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let dora = stage.colleague("Dora", "admin").await?;
    let carl = stage.colleague("Carl", "member").await?;
    let path = user(&carl, "/password-link");
    let nowhere = ask(&stage, &dora, Method::POST, &path, &Value::Null).await?;
    problem(nowhere, 409, "conflict").await?;
    let address = "UPDATE users SET email = name || '@example.org' WHERE name IN ('Carl', 'Ada')";
    stage.database.execute(address).await?;
    let made = done(&stage, &dora, Method::POST, &path, &Value::Null).await?;
    assert!(
        made["link"]
            .as_str()
            .is_some_and(|link| link.contains("/password#"))
    );
    assert!(made["expiresAt"].is_string());
    let above = user(&stage.ada, "/password-link");
    let above = ask(&stage, &dora, Method::POST, &above, &Value::Null).await?;
    problem(above, 403, "permission_denied").await?;
    let member = ask(&stage, &carl, Method::POST, &path, &Value::Null).await?;
    problem(member, 403, "permission_denied").await?;
    assert_eq!(count(&stage, "password_links").await?, 1);
    let log = audited(&stage, &stage.ada, "password.link").await?;
    let expected = [
        ("password.link", "done"),
        ("password.link", "denied"),
        ("password.link", "denied"),
    ];
    assert_eq!(log, pairs(&expected));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_set_a_password_ends_with_the_role_that_let_somebody_make_it()
-> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let dora = stage.colleague("Dora", "admin").await?;
    let carl = stage.colleague("Carl", "member").await?;
    let address = "UPDATE users SET email = name || '@example.org' WHERE name = 'Carl'";
    stage.database.execute(address).await?;
    let role = |who: &Person, role: &str| {
        format!(
            "UPDATE memberships SET role = '{role}' WHERE user_id = '{}' AND workspace_id = '{}'",
            who.scope.user_id, stage.ada.scope.workspace_id
        )
    };
    let state = |state: &str| {
        format!(
            "UPDATE users SET state = '{state}', state_at = now() WHERE id = '{}'",
            dora.scope.user_id
        )
    };
    let path = user(&carl, "/password-link");
    let made = done(&stage, &dora, Method::POST, &path, &Value::Null).await?;
    let link = made["link"].as_str().unwrap_or_default();
    let (_, secret) = link.split_once('#').unwrap_or_default();
    let set = async || {
        let body = json!({"secret": secret, "password": "nine horses under a green moon"});
        let request = stage.http.post(stage.url("/api/password-link"));
        anyhow::Ok(request.json(&body).send().await?)
    };
    for (lost, back) in [
        (state("banned"), state("active")),
        (role(&dora, "member"), role(&dora, "admin")),
        (role(&carl, "owner"), role(&carl, "admin")),
    ] {
        stage.database.execute(&lost).await?;
        problem(set().await?, 404, "not_found").await?;
        stage.database.execute(&back).await?;
    }
    assert_eq!(set().await?.status(), 204);
    Ok(())
}
