//! The installation that the browser tests play on: engines, gateway, worker, memory and a scripted model. Says on
//! stdout where it is, as one line of JSON, and ends when stdin does, whatever becomes of the tests. With `--unset` it is as
//! before anybody has been there, and open to everybody.

#![expect(clippy::print_stdout, reason = "its caller reads where it is")]

use std::path::PathBuf;

use anyhow::Context as _;
use mosaic_e2e::{Scene, World};
use mosaic_testkit::database::execute_on;
use serde_json::json;
use tokio::io::AsyncReadExt as _;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let script: PathBuf = std::env::args_os()
        .nth(1)
        .context("name the file with the model's script")?
        .into();
    let text = std::fs::read_to_string(&script)
        .with_context(|| format!("cannot read {}", script.display()))?;
    let script = serde_json::from_str(&text)
        .with_context(|| format!("{} is not a script", script.display()))?;
    let unset = std::env::args_os().any(|argument| argument == "--unset");
    let open = ("MOSAIC_AUTH__REGISTRATION".into(), "open".into());
    let world = World::start(Scene {
        script: Some(script),
        variables: if unset { vec![open] } else { Vec::new() },
        ..Scene::default()
    })
    .await?;
    if unset {
        execute_on(world.postgres.url(), "TRUNCATE users, workspaces CASCADE").await?;
    }
    let (_gateway, url) = world.gateway().await?;
    let (_worker, _memory) = tokio::try_join!(
        world.service("mosaic-agent-worker", "AGENT_WORKER", &[]),
        world.service("mosaic-memory-indexer", "MEMORY_INDEXER", &[]),
    )?;
    let people = if unset {
        json!({"url": url})
    } else {
        json!({"url": url, "token": world.token, "member": member(&world).await?})
    };
    println!("{people}");
    tokio::io::stdin()
        .read_to_end(&mut Vec::new())
        .await
        .context("cannot wait for the end of the tests")?;
    Ok(())
}

/// The token of somebody who is in the owner's workspace without running it.
async fn member(world: &World) -> anyhow::Result<String> {
    let (other, token) = world.stranger().await?;
    let (workspace, user) = (world.scope.workspace_id, other.user_id);
    let joined = format!(
        "UPDATE users SET name = 'Member' WHERE id = '{user}';
         INSERT INTO memberships (workspace_id, user_id, role) VALUES ('{workspace}', '{user}', 'member');
         UPDATE api_tokens SET workspace_id = '{workspace}' WHERE user_id = '{user}';"
    );
    execute_on(world.postgres.url(), &joined).await?;
    Ok(token)
}
