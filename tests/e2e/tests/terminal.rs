//! The terminal interface as a person has it: the real program in a pseudo-terminal, against real services.

use std::process::Command;
use std::time::Duration;

use mosaic_e2e::{PATIENCE, Process, Scene, World, eventually, program};
use mosaic_storage::{Reach, RunFilter};
use mosaic_testkit::model_server::{Script, Turn};
use mosaic_testkit::terminal::{ENTER, ESCAPE, Modes, PAGE_UP, Terminal, control};
use nix::sys::signal::Signal;
use serde_json::json;

/// Soon enough for a person.
const SOON: Duration = Duration::from_secs(20);

struct Stage {
    world: World,
    gateway: Process,
    url: String,
    _worker: Process,
}

impl Stage {
    async fn start(script: Script) -> anyhow::Result<Self> {
        Self::set(Scene {
            script: Some(script),
            ..Scene::default()
        })
        .await
    }

    async fn set(scene: Scene) -> anyhow::Result<Self> {
        let world = World::start(scene).await?;
        let (gateway, url) = world.gateway().await?;
        let worker = world.worker().await?;
        Ok(Self {
            world,
            gateway,
            url,
            _worker: worker,
        })
    }

    fn tui(&self, arguments: &[&str], rows: u16, columns: u16) -> anyhow::Result<Terminal> {
        let arguments: Vec<&str> = std::iter::once("tui")
            .chain(arguments.iter().copied())
            .collect();
        self.program(&arguments, rows, columns)
    }

    fn program(&self, arguments: &[&str], rows: u16, columns: u16) -> anyhow::Result<Terminal> {
        let mut command = Command::new(program("mosaic")?);
        command
            .args(arguments)
            .args(["--url", &self.url])
            .env_clear()
            .env("MOSAIC_CLIENT__TOKEN", &self.world.token)
            .env("HOME", self.world.folder())
            .env("LANG", "C.UTF-8")
            .current_dir(self.world.folder());
        Terminal::spawn(command, rows, columns)
    }

    /// The same gateway again, at the same address.
    async fn restart_gateway(&mut self) -> anyhow::Result<()> {
        let address = self.url.trim_start_matches("http://").to_owned();
        let listen = ("MOSAIC_GATEWAY__LISTEN".to_owned(), address);
        self.gateway = self
            .world
            .service("mosaic-gateway", "GATEWAY", &[listen])
            .await?;
        Ok(())
    }
}

fn words(count: usize) -> String {
    (0..count)
        .map(|n| format!("w{n}"))
        .collect::<Vec<_>>()
        .join(" ")
}

fn slowly(text: &str, pause: u64) -> Turn {
    Turn::text(text).with_delays(Duration::ZERO, Duration::from_millis(pause))
}

fn script() -> Script {
    Script::instant("Nobody wrote a line for that.")
        .when("garden")
        .turn(slowly(
            "Begin with the **soil**, then `dig`:\n\n```sh\ndig bed\n```\n\nThe end.",
            200,
        ))
        .when("probe")
        .tool_call("probe", json!({}))
        .then_text("It went on.")
        .when("forever")
        .turn(slowly(&words(2_000), 50))
        .when("long")
        .turn(slowly(&words(120), 50))
}

/// Whether exactly these words are on the screen, each once, in order.
fn counts_up(screen: &str, count: usize) -> anyhow::Result<()> {
    let seen: Vec<&str> = screen
        .split_whitespace()
        .filter(|word| {
            word.strip_prefix('w')
                .is_some_and(|n| n.parse::<usize>().is_ok())
        })
        .collect();
    anyhow::ensure!(seen.join(" ") == words(count), "{screen}");
    Ok(())
}

#[tokio::test]
async fn a_conversation_in_the_terminal_from_sign_on_to_quit() -> anyhow::Result<()> {
    let stage = Stage::start(script()).await?;
    let mut terminal = stage.tui(&[], 24, 80)?;
    terminal.wait_for("connected", PATIENCE).await?;
    terminal.wait_for("M O S A I C", SOON).await?;

    // The answer is streamed, and rendered.
    terminal.type_text("How do I begin a garden?")?;
    terminal.type_text(ENTER)?;
    terminal.wait_for("answering", SOON).await?;
    terminal.wait_for("╭─ sh", SOON).await?;
    terminal.wait_for("The end.", SOON).await?;
    terminal.wait_for("ready", SOON).await?;
    let screen = terminal.screen();
    anyhow::ensure!(
        screen.contains("Begin with the soil") && !screen.contains("**"),
        "{screen}"
    );
    anyhow::ensure!(
        screen.matches("How do I begin a garden?").count() >= 1,
        "{screen}"
    );

    // The model of this conversation.
    terminal.type_text("/model openai/other")?;
    terminal.type_text(ENTER)?;
    terminal
        .wait_for("from now on openai/other answers here", SOON)
        .await?;

    // A long answer is stopped.
    terminal.type_text("count forever")?;
    terminal.type_text(ENTER)?;
    terminal.wait_for("w3", SOON).await?;
    terminal.type_text("/stop")?;
    terminal.type_text(ENTER)?;
    terminal.wait_for("stopped", SOON).await?;
    terminal.wait_for("ready", SOON).await?;

    // Scrolling, resizing, the list over the messages.
    terminal.type_text(PAGE_UP)?;
    terminal.wait_for("more below", SOON).await?;
    terminal.resize(15, 60)?;
    terminal.wait_for("ready", SOON).await?;
    terminal.resize(40, 120)?;
    terminal.wait_for("Conversations", SOON).await?;

    terminal.type_text("/quit")?;
    terminal.type_text(ENTER)?;
    let status = terminal.ended(SOON).await?;
    anyhow::ensure!(status.success(), "{status}");
    assert_eq!(terminal.modes()?, Modes::USUAL);
    Ok(())
}

#[tokio::test]
async fn a_run_is_paused_looked_at_and_resumed_in_the_terminal() -> anyhow::Result<()> {
    let stage = Stage::set(Scene {
        script: Some(script()),
        hold_probe: true,
        ..Scene::default()
    })
    .await?;
    let mut terminal = stage.tui(&["--new"], 24, 80)?;
    terminal.wait_for("connected", PATIENCE).await?;
    terminal.type_text("use the probe")?;
    terminal.type_text(ENTER)?;
    terminal.wait_for("answering", SOON).await?;
    let probe = &stage.world.probe;
    let called = async || (probe.calls() == 1).then_some(());
    eventually("the tool to be called", called).await?;

    // It halts once the tool has ended, and says why.
    terminal.type_text("/pause for lunch")?;
    terminal.type_text(ENTER)?;
    terminal.wait_for("pausing", SOON).await?;
    // The terminal says so at once; the tool ends when the run knows it, too.
    let world = &stage.world;
    let asked = async || {
        let filter = RunFilter {
            limit: 1,
            ..RunFilter::default()
        };
        let entries = world.storage.run_entries(Reach::Own(world.scope), &filter);
        let newest = entries.await.ok()?.pop()?;
        newest.run.pause_reason.map(drop)
    };
    eventually("the run to be asked to pause", asked).await?;
    probe.release();
    terminal.wait_for("‖ paused: for lunch", SOON).await?;
    terminal.wait_for("‖ paused · for lunch", SOON).await?;

    // It goes on from the board of runs.
    terminal.type_text("/runs")?;
    terminal.type_text(ENTER)?;
    terminal.wait_for("Runs - yours, not ended", SOON).await?;
    terminal.wait_for("▸ paused", SOON).await?;
    terminal.type_text("r")?;
    terminal.wait_for("it goes on", SOON).await?;
    terminal.wait_for("Nothing runs", SOON).await?;
    terminal.type_text(ESCAPE)?;
    terminal.wait_for("It went on.", SOON).await?;
    terminal.wait_for("ready", SOON).await?;

    // Its worker, and its queue.
    terminal.type_text("/workers")?;
    terminal.type_text(ENTER)?;
    terminal.wait_for("takes runs", SOON).await?;
    terminal.type_text(ESCAPE)?;
    terminal.wait_for("It went on.", SOON).await?;
    terminal.type_text("/queues")?;
    terminal.type_text(ENTER)?;
    terminal.wait_for("high 0", SOON).await?;
    terminal.type_text("p")?;
    terminal.wait_for("Why pause queue", SOON).await?;
    Ok(())
}

#[tokio::test]
async fn a_gateway_that_restarts_in_mid_answer_costs_no_word_and_doubles_none() -> anyhow::Result<()>
{
    let mut stage = Stage::start(script()).await?;
    let mut terminal = stage.tui(&["--new"], 40, 100)?;
    terminal.wait_for("connected", PATIENCE).await?;
    terminal.type_text("a long count")?;
    terminal.type_text(ENTER)?;
    terminal.wait_for("w20", SOON).await?;
    stage.gateway.kill().await?;
    terminal.wait_for("reconnecting", SOON).await?;
    let away = terminal.screen();
    anyhow::ensure!(
        away.matches("reconnecting").count() == 1,
        "one quiet sign:\n{away}"
    );
    stage.restart_gateway().await?;
    terminal.wait_for("● connected", SOON).await?;
    terminal.wait_for("w119", PATIENCE).await?;
    terminal.wait_for("ready", SOON).await?;
    counts_up(&terminal.screen(), 120)?;

    // A second terminal that opens the conversation afterwards reads the same.
    let other = stage.tui(&[], 40, 100)?;
    other.wait_for("w119", PATIENCE).await?;
    counts_up(&other.screen(), 120)
}

#[tokio::test]
async fn a_conversation_that_is_opened_in_mid_answer_is_whole() -> anyhow::Result<()> {
    let stage = Stage::start(script()).await?;
    let run_id = stage.world.send(&stage.url, "a long count").await?;
    let mut watcher = stage.world.watch(&[&stage.url], run_id)?;
    watcher.until(|events| events.len() > 30).await?;
    let terminal = stage.tui(&[], 40, 120)?;
    terminal.wait_for("w119", PATIENCE).await?;
    terminal.wait_for("ready", SOON).await?;
    counts_up(&terminal.screen(), 120)
}

#[tokio::test]
async fn whatever_ends_the_interface_the_terminal_is_restored() -> anyhow::Result<()> {
    let stage = Stage::start(script()).await?;
    let taken = |terminal: &Terminal| {
        terminal
            .modes()
            .map(|modes| modes.alternate_screen && !modes.cooked)
    };

    let mut terminal = stage.tui(&["--new"], 24, 80)?;
    terminal.wait_for("connected", PATIENCE).await?;
    anyhow::ensure!(taken(&terminal)?);
    terminal.signal(Signal::SIGTERM)?;
    terminal.ended(SOON).await?;
    assert_eq!(terminal.modes()?, Modes::USUAL);

    let mut terminal = stage.tui(&["--new"], 24, 80)?;
    terminal.wait_for("connected", PATIENCE).await?;
    terminal.type_text(&control('c'))?;
    terminal.wait_for("Ctrl+C again to leave", SOON).await?;
    terminal.type_text(&control('c'))?;
    anyhow::ensure!(terminal.ended(SOON).await?.success());
    assert_eq!(terminal.modes()?, Modes::USUAL);
    Ok(())
}

#[tokio::test]
async fn what_cannot_work_is_said_before_the_screen_is_taken() -> anyhow::Result<()> {
    let stage = Stage::start(script()).await?;
    let mut terminal = stage.tui(&["--token", "mos_wrong"], 24, 80)?;
    assert_eq!(terminal.ended(SOON).await?.code(), Some(4));
    let modes = terminal.modes()?;
    assert_eq!(modes, Modes::USUAL);
    let missing = "01890000-0000-7000-8000-000000000001";
    let mut terminal = stage.tui(&["--conversation", missing], 24, 80)?;
    assert_eq!(terminal.ended(SOON).await?.code(), Some(3));
    // Escape sequences of a terminal are of no use in a pipe.
    let mut piped = Command::new(program("mosaic")?);
    let output = piped
        .args(["tui", "--url", &stage.url])
        .env_clear()
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(
        output.status.code() == Some(2) && said.contains("needs a terminal"),
        "{said}"
    );
    Ok(())
}

#[tokio::test]
async fn streamed_words_stay_whole_at_the_edge_of_a_plain_terminal() -> anyhow::Result<()> {
    let stage = Stage::start(script()).await?;
    let mut terminal = stage.program(&["chat"], 40, 40)?;
    terminal.wait_for(">", PATIENCE).await?;
    terminal.type_text("a long count")?;
    terminal.type_text(ENTER)?;
    terminal.wait_for("w119", PATIENCE).await?;
    counts_up(&terminal.screen(), 120)?;
    terminal.type_text(&control('d'))?;
    anyhow::ensure!(terminal.ended(SOON).await?.success());
    Ok(())
}
