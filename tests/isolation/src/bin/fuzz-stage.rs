//! The installation that `cargo xtask fuzz` plays on: engines, every service as a process, a scripted model and a Bot API.
//! Says on stdout where it is and the tokens of its owner and of a member, on one line, and ends when stdin does, whatever
//! becomes of the fuzzer.

#![expect(clippy::print_stdout, reason = "its caller reads where it is")]

use mosaic_e2e::{Scene, World};
use mosaic_testkit::bot_api::{BOT_TOKEN, BotApi};
use mosaic_testkit::database::execute_on;
use tokio::io::AsyncReadExt as _;

/// Sections of the services beside the gateway, and their programs.
const SERVICES: [(&str, &str); 4] = [
    ("mosaic-agent-worker", "AGENT_WORKER"),
    ("mosaic-memory-indexer", "MEMORY_INDEXER"),
    ("mosaic-summarizer", "SUMMARIZER"),
    ("mosaic-channel-bridge", "CHANNEL_BRIDGE"),
];

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let bot = BotApi::start().await?;
    let set = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let world = World::start(Scene {
        variables: vec![
            set("MOSAIC_CHANNELS__TELEGRAM__TOKEN", BOT_TOKEN),
            set("MOSAIC_CHANNELS__TELEGRAM__API_URL", bot.url()),
            set("MOSAIC_MEMORY__EMBEDDER", "hashed"),
        ],
        ..Scene::default()
    })
    .await?;
    let (_gateway, url) = world.gateway().await?;
    let mut services = Vec::new();
    for (program, section) in SERVICES {
        services.push(world.service(program, section, &[]).await?);
    }
    let member = member(&world).await?;
    println!("{url} {} {member}", world.token);
    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    Ok(())
}

/// The token of somebody who is in the owner's workspace without running it.
async fn member(world: &World) -> anyhow::Result<String> {
    let (other, token) = world.stranger().await?;
    let (workspace, user) = (world.scope.workspace_id, other.user_id);
    let joined = format!(
        "INSERT INTO memberships (workspace_id, user_id, role) VALUES ('{workspace}', '{user}', 'member');
         UPDATE api_tokens SET workspace_id = '{workspace}' WHERE user_id = '{user}';"
    );
    execute_on(world.postgres.url(), &joined).await?;
    Ok(token)
}
