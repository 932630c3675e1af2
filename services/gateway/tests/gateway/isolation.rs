//! What belongs to one person does not exist for another.

use reqwest::Method;
use serde_json::{Value, json};

use super::socket::Socket;
use super::stage::{Stage, problem};

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_gets_not_found_for_everything_of_somebody_else() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.stranger().await?;
    let id = stage.conversation().await?;
    let run_id = stage.ask(id, "secret").await?;
    let nobodys = uuid::Uuid::now_v7();
    let (message, title, reason, kind) = (
        json!({"content": "x"}),
        json!({"title": "x"}),
        json!({"reason": "x"}),
        json!({"kind": "session"}),
    );
    let routes = |id: &str, run: &str| {
        let (conversation, run) = (
            format!("/api/conversations/{id}"),
            format!("/api/runs/{run}"),
        );
        [
            (Method::GET, conversation.clone(), None),
            (Method::PATCH, conversation.clone(), Some(&title)),
            (Method::DELETE, conversation.clone(), None),
            (Method::GET, format!("{conversation}/messages"), None),
            (
                Method::POST,
                format!("{conversation}/messages"),
                Some(&message),
            ),
            (Method::GET, format!("{conversation}/runs"), None),
            (Method::GET, format!("{conversation}/events"), None),
            (Method::GET, format!("{conversation}/summaries"), None),
            (
                Method::POST,
                format!("{conversation}/summaries"),
                Some(&kind),
            ),
            (Method::GET, run.clone(), None),
            (Method::GET, format!("{run}/events"), None),
            (Method::POST, format!("{run}/stop"), Some(&reason)),
        ]
    };
    let theirs = routes(&id.to_string(), &run_id.to_string());
    let unknown = routes(&nobodys.to_string(), &nobodys.to_string());
    let call = async |(method, path, body): (Method, String, Option<&Value>)| {
        let mut request = stage.request_by(&bob, method, &path);
        if let Some(body) = body {
            request = request.json(body);
        }
        problem(request.send().await?, 404, "not_found").await
    };
    for (theirs, unknown) in theirs.into_iter().zip(unknown) {
        let (theirs, unknown) = (call(theirs).await?, call(unknown).await?);
        assert_eq!(theirs["title"], unknown["title"]);
    }

    let stored = stage.read(&format!("/api/conversations/{id}")).await?;
    assert_eq!(stored["title"], "secret");
    assert_eq!(stored["messageCount"], 1);
    let run = stage.read(&format!("/api/runs/{run_id}")).await?;
    assert_eq!(run["state"], "queued");
    let list = stage
        .request_by(&bob, Method::GET, "/api/conversations")
        .send()
        .await?;
    let list: Value = list.json().await?;
    assert_eq!(list["items"], json!([]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_gets_nothing_through_a_socket_or_an_event_id_either() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.stranger().await?;
    let id = stage.conversation().await?;
    let run = stage.ask(id, "secret").await?;

    let mut socket = Socket::open_with(&stage, Some(bob.token.expose()), None).await?;
    socket.until("ready").await?;
    for frame in [
        json!({"type": "message", "conversationId": id.to_string(), "content": "x", "ref": "1"}),
        json!({"type": "watch", "conversationId": id.to_string(), "ref": "2"}),
        json!({"type": "stop", "runId": run.to_string(), "ref": "3"}),
    ] {
        socket.send(&frame).await?;
        let answer = socket.frame().await?;
        assert_eq!(answer["type"], "error", "{answer}");
        assert_eq!(answer["ref"], frame["ref"]);
        assert_eq!(answer["problem"]["code"], "not_found");
    }

    let created = stage
        .request_by(&bob, Method::POST, "/api/conversations")
        .json(&json!({}));
    let own: Value = created.send().await?.json().await?;
    let path = format!(
        "/api/conversations/{}/events",
        own["id"].as_str().unwrap_or_default()
    );
    let watch = stage.request_by(&bob, Method::GET, &path);
    let refused = watch
        .header("last-event-id", format!("{run}:0:1"))
        .send()
        .await?;
    problem(refused, 404, "not_found").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_limits_what_may_be_done() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.stranger().await?;
    let set_role = async |role: &str| {
        let user = bob.scope.user_id;
        let update = format!("UPDATE memberships SET role = '{role}' WHERE user_id = '{user}'");
        stage.database.execute(&update).await
    };

    set_role("member").await?;
    for path in ["/api/queues", "/api/system", "/api/events"] {
        let refused = stage.request_by(&bob, Method::GET, path).send().await?;
        let refused = problem(refused, 403, "permission_denied").await?;
        assert!(
            refused["detail"]
                .as_str()
                .is_some_and(|text| text.contains("admin")),
            "{refused}"
        );
    }
    let created = stage
        .request_by(&bob, Method::POST, "/api/conversations")
        .json(&json!({}));
    assert_eq!(created.send().await?.status(), 201);

    set_role("guest").await?;
    // A role is believed for as long as a token is: a second.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let created = stage
        .request_by(&bob, Method::POST, "/api/conversations")
        .json(&json!({}));
    problem(created.send().await?, 403, "permission_denied").await?;
    let list = stage
        .request_by(&bob, Method::GET, "/api/conversations")
        .send()
        .await?;
    assert_eq!(list.status(), 200);
    Ok(())
}
