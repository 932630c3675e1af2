//! The scripted model server, to run by hand.

#![expect(
    clippy::print_stdout,
    reason = "a command line program says where it listens"
)]

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use mosaic_testkit::model_server::{ModelServer, Options, Script, Turn};

/// A model server that answers by script, in the protocols of OpenAI, Anthropic and Ollama.
#[derive(Debug, Parser)]
struct Arguments {
    /// The port to listen on; 0 picks a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// A file with the script as JSON: {"rules": [{"when": {"contains": "…"}, "then": [{"text": "…"}]}], "otherwise": {…}}.
    #[arg(long, conflicts_with = "instant")]
    script: Option<PathBuf>,
    /// Always answer this at once; without this and --script it repeats what was said.
    #[arg(long)]
    instant: Option<String>,
    /// Silence before each piece of an answer that no rule of the script gives, in milliseconds.
    #[arg(long, default_value_t = 0)]
    delay_ms: u64,
    /// Demand this key of every request.
    #[arg(long)]
    key: Option<String>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port));
    // Nobody can look at remembered requests here.
    let options = Options {
        address,
        remembered: 0,
    };
    let server = ModelServer::start_with(script(arguments)?, options)
        .await
        .with_context(|| format!("cannot listen on {address}"))?;
    println!("openai    {}", server.openai_url());
    println!("anthropic {}", server.anthropic_url());
    println!("ollama    {}", server.ollama_url());
    tokio::signal::ctrl_c()
        .await
        .context("cannot wait for Ctrl-C")?;
    server.stop().await;
    Ok(())
}

fn script(arguments: Arguments) -> anyhow::Result<Script> {
    let Arguments {
        script,
        instant,
        delay_ms,
        key,
        port: _,
    } = arguments;
    let mut script = match (script, instant) {
        (Some(path), _) => {
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            serde_json::from_str(&text)
                .with_context(|| format!("{} is not a script", path.display()))?
        }
        (None, Some(text)) => Script::instant(&text),
        (None, None) => Script::answering(Turn::text("{user}")),
    };
    if delay_ms > 0 {
        let delay = Duration::from_millis(delay_ms);
        script.otherwise = script.otherwise.with_delays(delay, delay);
    }
    if key.is_some() {
        script.key = key;
    }
    Ok(script)
}
