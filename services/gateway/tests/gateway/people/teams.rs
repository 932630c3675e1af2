//! Teams.

use reqwest::Method;
use serde_json::{Value, json};

use super::super::stage::{Person, Stage, problem};
use super::{ask, audited, done, pairs};

async fn team(stage: &Stage, name: &str) -> anyhow::Result<String> {
    let body = json!({ "name": name });
    let made = done(stage, &stage.ada, Method::POST, "/api/teams", &body).await?;
    let id = made["id"].as_str().unwrap_or_default();
    Ok(format!("/api/teams/{id}"))
}

fn of(team: &str, who: &Person) -> String {
    format!("{team}/members/{}", who.scope.user_id)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_is_made_filled_renamed_and_deleted() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let carl = stage.colleague("Carl", "member").await?;
    let team = team(&stage, "Red").await?;
    let taken = ask(
        &stage,
        &stage.ada,
        Method::POST,
        "/api/teams",
        &json!({"name": "RED"}),
    )
    .await?;
    let taken = problem(taken, 409, "conflict").await?;
    assert_eq!(taken["errors"][0]["field"], "name");
    let role = json!({"role": "owner"});
    let put = ask(&stage, &stage.ada, Method::PUT, &of(&team, &carl), &role).await?;
    assert_eq!(put.status(), 204);
    // Its owner runs it, though no admin of the workspace.
    let named = done(
        &stage,
        &carl,
        Method::PATCH,
        &team,
        &json!({"name": "Blue"}),
    )
    .await?;
    assert_eq!(named["name"], "Blue");
    assert_eq!(named["members"][0]["name"], "Carl");
    let mine = done(&stage, &carl, Method::GET, "/api/members", &Value::Null).await?;
    assert_eq!(mine["items"][1]["teams"][0]["name"], "Blue");
    let gone = ask(&stage, &carl, Method::DELETE, &team, &Value::Null).await?;
    assert_eq!(gone.status(), 204);
    let read = ask(&stage, &carl, Method::GET, &team, &Value::Null).await?;
    problem(read, 404, "not_found").await?;
    let log = audited(&stage, &stage.ada, "team.").await?;
    let expected = ["create", "admit", "rename", "delete"].map(|what| format!("team.{what}"));
    let actions: Vec<_> = log.iter().map(|(action, _)| action.clone()).collect();
    assert_eq!(actions, expected);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_runs_a_team_manages_no_one_above_them_in_it() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let (carl, dora, eve) = (
        stage.colleague("Carl", "member").await?,
        stage.colleague("Dora", "member").await?,
        stage.colleague("Eve", "member").await?,
    );
    let team = team(&stage, "Red").await?;
    for (who, role) in [(&carl, "owner"), (&dora, "admin"), (&eve, "member")] {
        let body = json!({ "role": role });
        done(&stage, &stage.ada, Method::PUT, &of(&team, who), &body).await?;
    }
    for (who, whom, role) in [
        (&eve, &dora, "member"),
        (&dora, &dora, "owner"),
        (&dora, &carl, "member"),
    ] {
        let body = json!({ "role": role });
        let refused = ask(&stage, who, Method::PUT, &of(&team, whom), &body).await?;
        problem(refused, 403, "permission_denied").await?;
    }
    let renamed = ask(&stage, &dora, Method::PATCH, &team, &json!({"name": "X"})).await?;
    problem(renamed, 403, "permission_denied").await?;
    let deleted = ask(&stage, &eve, Method::DELETE, &team, &Value::Null).await?;
    problem(deleted, 403, "permission_denied").await?;
    let made = ask(
        &stage,
        &carl,
        Method::POST,
        "/api/teams",
        &json!({"name": "Mine"}),
    )
    .await?;
    problem(made, 403, "permission_denied").await?;
    let last = ask(
        &stage,
        &carl,
        Method::DELETE,
        &of(&team, &carl),
        &Value::Null,
    )
    .await?;
    problem(last, 409, "conflict").await?;
    // Whoever wants to, leaves.
    done(&stage, &eve, Method::DELETE, &of(&team, &eve), &Value::Null).await?;
    done(
        &stage,
        &carl,
        Method::PUT,
        &of(&team, &dora),
        &json!({"role": "owner"}),
    )
    .await?;
    done(
        &stage,
        &carl,
        Method::DELETE,
        &of(&team, &carl),
        &Value::Null,
    )
    .await?;
    // Who runs the workspace puts right what has nobody left.
    done(
        &stage,
        &stage.ada,
        Method::DELETE,
        &of(&team, &dora),
        &Value::Null,
    )
    .await?;
    let log = audited(&stage, &stage.ada, "team.dismiss").await?;
    let expected = [("team.dismiss", "denied"), ("team.dismiss", "done")];
    assert_eq!(log[..2], pairs(&expected));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn teams_of_others_and_people_from_elsewhere_are_not_there() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.stranger().await?;
    let gast = stage.colleague("Gast", "guest").await?;
    let team = team(&stage, "Red").await?;
    let (role, name) = (json!({"role": "member"}), json!({"name": "Mine"}));
    for (method, path, body) in [
        (Method::GET, team.clone(), &Value::Null),
        (Method::PATCH, team.clone(), &name),
        (Method::PUT, of(&team, &bob), &role),
        (Method::DELETE, of(&team, &gast), &Value::Null),
        (Method::DELETE, team.clone(), &Value::Null),
        (Method::PUT, "/api/teams/x/members/y".to_owned(), &role),
    ] {
        let hidden = ask(&stage, &bob, method, &path, body).await?;
        problem(hidden, 404, "not_found").await?;
    }
    let foreign = ask(&stage, &stage.ada, Method::PUT, &of(&team, &bob), &role).await?;
    problem(foreign, 404, "not_found").await?;
    let never = ask(
        &stage,
        &stage.ada,
        Method::DELETE,
        &of(&team, &gast),
        &Value::Null,
    )
    .await?;
    problem(never, 404, "not_found").await?;
    let seen = ask(&stage, &gast, Method::GET, &team, &Value::Null).await?;
    problem(seen, 403, "permission_denied").await?;
    Ok(())
}
