//! The WebSocket: what people who are let in get of somebody else's.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use mosaic_isolation::{Caller, Thing};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use uuid::Uuid;

use crate::fresh::SAID;
use crate::planted::Planted;
use crate::stage::Stage;

const PATIENCE: Duration = Duration::from_secs(20);
/// How long nothing more must come.
const SILENCE: Duration = Duration::from_millis(700);

/// An open socket.
struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Opens one; with a token as a header where there is one.
    async fn open(stage: &Stage, token: Option<&str>) -> anyhow::Result<Self> {
        let mut request = format!("ws://{}/chat", stage.host()?).into_client_request()?;
        if let Some(token) = token {
            let bearer = format!("Bearer {token}").parse()?;
            request.headers_mut().insert("authorization", bearer);
        }
        Ok(Self(connect_async(request).await?.0))
    }

    /// Opens one and waits until it can be used.
    async fn ready(stage: &Stage, token: &str) -> anyhow::Result<Self> {
        let mut socket = Self::open(stage, Some(token)).await?;
        let ready = socket.frame().await?;
        anyhow::ensure!(ready["type"] == "ready", "{ready}");
        Ok(socket)
    }

    async fn say(&mut self, frame: &Value) -> anyhow::Result<()> {
        Ok(self.0.send(Message::text(frame.to_string())).await?)
    }

    /// The next frame; `Null` when the socket closes.
    async fn frame(&mut self) -> anyhow::Result<Value> {
        loop {
            match timeout(PATIENCE, self.0.next()).await? {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text)?),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Ok(Value::Null),
                Some(Ok(_)) => {}
            }
        }
    }

    /// What still comes when nothing should.
    async fn rest(&mut self) -> Vec<Value> {
        let mut rest = Vec::new();
        while let Ok(Ok(frame)) = timeout(SILENCE, self.frame()).await {
            if frame.is_null() {
                break;
            }
            rest.push(frame);
        }
        rest
    }
}

/// Everything that can be asked of a conversation and a run that are somebody else's.
fn frames(conversation: &str, run: &str) -> Vec<Value> {
    vec![
        json!({"type": "watch", "conversationId": conversation, "ref": "1"}),
        json!({"type": "watch", "conversationId": conversation, "lastEventId": format!("{run}:1:1"), "ref": "2"}),
        json!({"type": "message", "conversationId": conversation, "content": "x", "ref": "3"}),
        json!({"type": "stop", "runId": run, "ref": "4"}),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_shows_nobody_what_is_somebody_elses() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let planted = Planted::plant(&stage).await?;
    let before = planted.shown(&stage).await?;
    let conversation = planted.value(Thing::Conversation)?;
    let run = planted.value(Thing::RunningRun)?;
    let people = &stage.people;
    for (caller, who, least) in [
        (Caller::Stranger, &people.stranger, "not_found"),
        (Caller::Member, &people.member, "not_found"),
        (Caller::Guest, &people.guest, "permission_denied"),
    ] {
        let mut socket = Socket::ready(&stage, &who.token).await?;
        let nobodys = Uuid::now_v7().to_string();
        let theirs = frames(&conversation, &run);
        let nothing = frames(&nobodys, &nobodys);
        for (theirs, nothing) in theirs.iter().zip(&nothing) {
            let theirs = refused(&mut socket, theirs).await?;
            let nothing = refused(&mut socket, nothing).await?;
            let own = [conversation.clone(), run.clone(), nobodys.clone()];
            assert_eq!(apart_from(&theirs, &own), apart_from(&nothing, &own));
            let code = theirs["problem"]["code"].as_str().unwrap_or_default();
            assert!(code == "not_found" || code == least, "{theirs}");
            let seen = planted.markers.seen(caller, &own, &theirs.to_string());
            assert!(seen.is_empty(), "{seen:?} in {theirs}");
        }
        assert_eq!(
            socket.rest().await,
            Vec::<Value>::new(),
            "{}",
            caller.name()
        );
    }
    // Admins command runs without a part in what is said.
    for who in [&people.admin, &people.owner] {
        let mut socket = Socket::ready(&stage, &who.token).await?;
        for frame in &frames(&conversation, &run)[..3] {
            let answer = refused(&mut socket, frame).await?;
            assert_eq!(answer["problem"]["code"], "not_found", "{answer}");
        }
        assert_eq!(socket.rest().await, Vec::<Value>::new());
    }
    assert_eq!(planted.shown(&stage).await?, before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_shows_the_holder_what_is_theirs_and_nobody_hears_it_there() -> anyhow::Result<()>
{
    let stage = Stage::set().await?;
    let people = &stage.people;
    let mut sockets = Vec::new();
    for who in [
        &people.stranger,
        &people.member,
        &people.admin,
        &people.owner,
    ] {
        sockets.push(Socket::ready(&stage, &who.token).await?);
    }
    let mut own = Socket::ready(&stage, &people.holder.token).await?;
    let content = format!("{SAID} over a socket");
    own.say(&json!({"type": "message", "content": content, "ref": "1"}))
        .await?;
    let mut heard = String::new();
    loop {
        let frame = own.frame().await?;
        anyhow::ensure!(!frame.is_null(), "the socket closed: {heard}");
        heard.push_str(&frame.to_string());
        if frame["type"] == "run.completed" {
            break;
        }
    }
    assert!(heard.contains(&content), "{heard}");
    for socket in &mut sockets {
        assert_eq!(socket.rest().await, Vec::<Value>::new());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_does_not_say_who_it_is_is_told_nothing() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let planted = Planted::plant(&stage).await?;
    let conversation = planted.value(Thing::Conversation)?;
    let watch = json!({"type": "watch", "conversationId": conversation, "ref": "1"});
    for first in [
        watch.clone(),
        json!({"type": "auth", "token": "mos_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}),
        json!({"type": "auth", "token": stage.people.deactivated.token}),
    ] {
        let mut socket = Socket::open(&stage, None).await?;
        socket.say(&first).await?;
        // It may be closed already.
        let _ = socket.say(&watch).await;
        for frame in socket.rest().await {
            assert_eq!(frame["type"], "error", "{frame}");
            let seen = planted
                .markers
                .seen(Caller::Nobody, &[], &frame.to_string());
            assert!(seen.is_empty(), "{seen:?} in {frame}");
        }
    }
    Ok(())
}

/// Says something that must be refused.
async fn refused(socket: &mut Socket, frame: &Value) -> anyhow::Result<Value> {
    socket.say(frame).await?;
    let answer = socket.frame().await?;
    anyhow::ensure!(answer["type"] == "error", "{frame} got {answer}");
    anyhow::ensure!(answer["ref"] == frame["ref"], "{frame} got {answer}");
    Ok(answer)
}

fn apart_from(answer: &Value, ids: &[String]) -> String {
    let mut answer = answer.clone();
    if let Some(problem) = answer["problem"].as_object_mut() {
        problem.remove("requestId");
    }
    ids.iter()
        .fold(answer.to_string(), |text, id| text.replace(id, "…"))
}
