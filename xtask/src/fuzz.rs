//! `cargo xtask fuzz`: everything that the API's document allows, and much that it does not, on an installation that is started
//! for it.
//!
//! Schemathesis makes the requests from the document that the gateway serves and holds every answer to it: no fault of the
//! server, only documented statuses, bodies and content types of the documented form, nothing wrong accepted, nothing right
//! refused. It asks as the owner, as a member and as nobody. A seed repeats a run.

mod tool;

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, ExitCode, Stdio},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Context as _;
use tokio::process::Command;

use crate::{engines, environment, process, say, setup};

/// Programs that the installation consists of.
const PACKAGES: [&str; 6] = [
    "mosaic-isolation",
    "mosaic-gateway",
    "mosaic-agent-worker",
    "mosaic-memory-indexer",
    "mosaic-summarizer",
    "mosaic-channel-bridge",
];

/// What is asked by nobody here: a WebSocket is no request of this kind.
const SOCKET: &str = "openChat";
/// What is not asked with a token: streams that do not end, and what takes the token itself away.
const LEFT_OUT: [&str; 5] = [
    "watchEvents",
    "watchConversation",
    "watchRun",
    "signOutEverywhere",
    "deleteMe",
];

/// Where the installation is, and the tokens of who may use it.
#[derive(Debug)]
struct Place {
    url: String,
    owner: String,
    member: String,
}

impl Place {
    /// Reads the line that the installation says when it is ready.
    fn read(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace().map(str::to_owned);
        Some(Self {
            url: words.next()?,
            owner: words.next()?,
            member: words.next()?,
        })
    }
}

/// A running installation. It ends when its input does.
struct Stage {
    child: Child,
    place: Place,
}

impl Stage {
    fn start(configured: Option<&Path>) -> anyhow::Result<Self> {
        let program = environment::target().join("debug/fuzz-stage");
        let folder = configured.map_or_else(engines::store, Path::to_owned);
        let mut child = std::process::Command::new(&program)
            .env("MOSAIC_TEST_ENGINES", folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run {}", program.display()))?;
        let mut line = String::new();
        let output = child.stdout.take().context("its output")?;
        BufReader::new(output).read_line(&mut line)?;
        let Some(place) = Place::read(&line) else {
            end(&mut child);
            anyhow::bail!("the installation did not start");
        };
        Ok(Self { child, place })
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Closes its input and waits for it.
fn end(child: &mut Child) {
    drop(child.stdin.take());
    // Nothing is left to do about one that cannot be waited for.
    let _ = child.wait();
}

pub(crate) async fn run(
    configured: Option<&Path>,
    minutes: f64,
    seed: Option<u32>,
) -> anyhow::Result<ExitCode> {
    let tool = tool::ready().await?;
    setup::ready(configured).await?;
    say::stage("building what is to be fuzzed");
    let mut build = process::cargo(["build", "--bins"]);
    for package in PACKAGES {
        build.args(["-p", package]);
    }
    process::must(build).await?;
    let seed = seed.unwrap_or_else(drawn);
    let mut clean = true;
    for who in ["the owner", "a member", "nobody"] {
        say::stage(&format!("as {who}, with the seed {seed}"));
        // An installation for each: the owner may well have banned the member by the end.
        let stage = Stage::start(configured)?;
        let place = &stage.place;
        let token = match who {
            "the owner" => Some(&place.owner),
            "a member" => Some(&place.member),
            _ => None,
        };
        let pass = pass(
            &tool,
            &place.url,
            token.map(String::as_str),
            (minutes / 3.0, seed),
        );
        clean &= process::run(pass).await?.success();
    }
    say::line(format!(
        "{}; `cargo xtask fuzz --seed {seed}` repeats it",
        if clean {
            "nothing was found"
        } else {
            "FAILED, see above"
        }
    ));
    Ok(if clean {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// One run of the fuzzer.
fn pass(tool: &PathBuf, url: &str, token: Option<&str>, (minutes, seed): (f64, u32)) -> Command {
    let mut pass = Command::new(tool);
    pass.arg("--config-file")
        .arg(environment::root().join("tests/isolation/fuzz/schemathesis.toml"))
        .args(["run", &format!("{url}/api/openapi.json"), "--url", url])
        .args(["--seed", &seed.to_string()])
        .args(["--max-time", &format!("{}", (minutes * 60.0).ceil())])
        .args(["--exclude-operation-id", SOCKET])
        .current_dir(environment::target());
    if let Some(token) = token {
        pass.args(["--header", &format!("Authorization: Bearer {token}")]);
        for operation in LEFT_OUT {
            pass.args(["--exclude-operation-id", operation]);
        }
    }
    pass
}

/// Another number each time.
fn drawn() -> u32 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(1, |now| now.subsec_nanos())
}
