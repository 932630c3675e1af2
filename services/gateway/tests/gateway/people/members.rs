//! Who belongs to a workspace.

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::super::stage::{Stage, problem};
use super::{ask, audited, done, member, pairs, role_of};

#[tokio::test(flavor = "multi_thread")]
async fn members_see_each_other_and_guests_and_strangers_do_not() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let carl = stage.colleague("Carl", "member").await?;
    let gast = stage.colleague("Gast", "guest").await?;
    let bob = stage.stranger().await?;
    let list = done(&stage, &carl, Method::GET, "/api/members", &Value::Null).await?;
    let names: Vec<_> = list["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|member| (member["name"].clone(), member["role"].clone()))
        .collect();
    let expected = [("Ada", "owner"), ("Carl", "member"), ("Gast", "guest")];
    assert_eq!(
        names,
        expected.map(|(name, role)| (json!(name), json!(role)))
    );
    let hidden = ask(&stage, &gast, Method::GET, "/api/members", &Value::Null).await?;
    problem(hidden, 403, "permission_denied").await?;
    let other = done(&stage, &bob, Method::GET, "/api/members", &Value::Null).await?;
    assert_eq!(other["items"].as_array().map(Vec::len), Some(1));
    // Of another workspace nobody can be found, whatever is done.
    let body = json!({"role": "guest"});
    let changed = ask(&stage, &bob, Method::PATCH, &member(&carl), &body).await?;
    problem(changed, 404, "not_found").await?;
    let removed = ask(&stage, &bob, Method::DELETE, &member(&carl), &Value::Null).await?;
    problem(removed, 404, "not_found").await?;
    assert_eq!(role_of(&stage, &carl).await?.as_deref(), Some("member"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_manages_above_their_own_role() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let dora = stage.colleague("Dora", "admin").await?;
    let carl = stage.colleague("Carl", "member").await?;
    let as_role = |role: &str| json!({ "role": role });
    for (who, whom, role) in [
        (&carl, &dora, "guest"),
        (&carl, &carl, "admin"),
        (&dora, &dora, "owner"),
        (&dora, &carl, "owner"),
        (&dora, &stage.ada, "member"),
    ] {
        let refused = ask(&stage, who, Method::PATCH, &member(whom), &as_role(role)).await?;
        problem(refused, 403, "permission_denied").await?;
    }
    let refused = ask(
        &stage,
        &dora,
        Method::DELETE,
        &member(&stage.ada),
        &Value::Null,
    )
    .await?;
    problem(refused, 403, "permission_denied").await?;
    let refused = ask(&stage, &carl, Method::DELETE, &member(&dora), &Value::Null).await?;
    problem(refused, 403, "permission_denied").await?;

    let changed = done(
        &stage,
        &dora,
        Method::PATCH,
        &member(&carl),
        &as_role("admin"),
    )
    .await?;
    assert_eq!(
        (&changed["name"], &changed["role"]),
        (&json!("Carl"), &json!("admin"))
    );
    // Whoever may, steps down by themselves.
    done(
        &stage,
        &carl,
        Method::PATCH,
        &member(&carl),
        &as_role("guest"),
    )
    .await?;
    let wrong = ask(
        &stage,
        &stage.ada,
        Method::PATCH,
        &member(&carl),
        &as_role("king"),
    )
    .await?;
    problem(wrong, 400, "invalid_argument").await?;
    let log = audited(&stage, &stage.ada, "member.").await?;
    let denied = log
        .iter()
        .filter(|(_, outcome)| outcome == "denied")
        .count();
    assert_eq!(denied, 7, "{log:?}");
    assert_eq!(
        log[7..],
        pairs(&[("member.role", "done"), ("member.role", "done")])
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_owner_neither_leaves_nor_steps_down() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let ada = &stage.ada;
    let left = ask(&stage, ada, Method::DELETE, &member(ada), &Value::Null).await?;
    let told = problem(left, 409, "conflict").await?;
    assert!(
        told["remedy"]
            .as_str()
            .is_some_and(|text| text.contains("owner first"))
    );
    let down = ask(
        &stage,
        ada,
        Method::PATCH,
        &member(ada),
        &json!({"role": "member"}),
    )
    .await?;
    problem(down, 409, "conflict").await?;
    let eve = stage.colleague("Eve", "owner").await?;
    // Somebody who cannot sign in is no owner to leave things to.
    let away = format!(
        "UPDATE users SET state = 'deactivated', state_at = now() WHERE id = '{}'",
        eve.scope.user_id
    );
    stage.database.execute(&away).await?;
    let left = ask(&stage, ada, Method::DELETE, &member(ada), &Value::Null).await?;
    problem(left, 409, "conflict").await?;
    let back = format!(
        "UPDATE users SET state = 'active' WHERE id = '{}'",
        eve.scope.user_id
    );
    stage.database.execute(&back).await?;
    let left = ask(&stage, ada, Method::DELETE, &member(ada), &Value::Null).await?;
    assert_eq!(left.status(), 204);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_owners_who_leave_at_once_one_stays() -> anyhow::Result<()> {
    let mut stage = Stage::set().await?;
    stage.add_gateway().await?;
    for round in 0..4 {
        let mut owners = Vec::new();
        for number in 0..3 {
            owners.push(
                stage
                    .colleague(&format!("O{round}{number}"), "owner")
                    .await?,
            );
        }
        // Only they own it.
        let demote = format!(
            "UPDATE memberships SET role = 'member' WHERE user_id = '{}' AND workspace_id = '{}'",
            stage.ada.scope.user_id, stage.ada.scope.workspace_id
        );
        stage.database.execute(&demote).await?;
        let attempts = owners.iter().enumerate().map(|(number, owner)| {
            let host = stage.host(number % 2);
            let stage = &stage;
            async move {
                let url = format!("http://{}{}", host?, member(owner));
                let request = if number == 0 {
                    stage.http.patch(url).json(&json!({"role": "guest"}))
                } else {
                    stage.http.delete(url)
                };
                let response = request.bearer_auth(owner.token.expose()).send().await?;
                anyhow::Ok(response.status().as_u16())
            }
        });
        let mut statuses: Vec<u16> = join_all(attempts)
            .await
            .into_iter()
            .collect::<Result<_, _>>()?;
        statuses.sort_unstable();
        assert_eq!(
            statuses.iter().filter(|status| **status == 409).count(),
            1,
            "{statuses:?}"
        );
        let workspace = stage.ada.scope.workspace_id;
        let owned = format!("memberships WHERE workspace_id = '{workspace}' AND role = 'owner'");
        assert_eq!(super::count(&stage, &owned).await?, 1);
        let clean = format!(
            "DELETE FROM memberships WHERE workspace_id = '{workspace}' AND role = 'owner'"
        );
        stage.database.execute(&clean).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_only_talks_manages_nobody_and_leaves_nothing() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let carl = stage.colleague("Carl", "member").await?;
    for person in [&stage.ada, &carl] {
        let narrow = format!(
            "UPDATE api_tokens SET scopes = '{{converse}}' WHERE user_id = '{}'",
            person.scope.user_id
        );
        stage.database.execute(&narrow).await?;
    }
    let body = json!({"role": "guest"});
    let change = ask(&stage, &stage.ada, Method::PATCH, &member(&carl), &body).await?;
    problem(change, 403, "permission_denied").await?;
    let leave = ask(&stage, &carl, Method::DELETE, &member(&carl), &Value::Null).await?;
    problem(leave, 403, "permission_denied").await?;
    assert_eq!(role_of(&stage, &carl).await?.as_deref(), Some("member"));
    Ok(())
}
