//! What is wrong is said, with what to do about it, and nothing is lost.

use std::path::Path;

use anyhow::Context as _;
use mosaic_e2e::{Scene, World, gapless, run_to_end};
use mosaic_testkit::model_server::Script;
use serde_json::Value;
use tokio::net::TcpListener;

const SECRET: &str = "hunter2-in-the-url";

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

#[tokio::test]
async fn every_bad_key_of_a_configuration_is_reported_at_once() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("mosaic.toml");
    std::fs::write(
        &file,
        "[gateway]\nlisen = '127.0.0.1:1'\nmax_body_bytes = 'many'\n[valky]\nurl = ''\n",
    )?;
    let bad = variables(&[
        ("MOSAIC_POSTGRES__MAX_CONNECTIONS", "lots"),
        (
            "MOSAIC_POSTGRES__URL",
            &format!("postgres://joe:{SECRET}@db/m"),
        ),
        ("MOSAIC_AGENT_WORKER__LEASE_MS", "0"),
    ]);
    for program in ["mosaic-gateway", "probe-worker", "mosaic-summarizer"] {
        let named = ["--config", "mosaic.toml"];
        let (code, said) = run_to_end(program, &named, &bad, folder.path()).await?;
        assert_eq!(code, Some(78), "{said}");
        for key in [
            "gateway.lisen",
            "gateway.max_body_bytes",
            "valky",
            "postgres.max_connections",
            "agent_worker.lease_ms",
        ] {
            assert!(said.contains(key), "{program} does not name {key}: {said}");
        }
        assert!(!said.contains(SECRET), "{said}");
    }
    Ok(())
}

#[tokio::test]
async fn a_busy_port_is_named_with_the_setting_that_chose_it() -> anyhow::Result<()> {
    let world = World::start(Scene::default()).await?;
    let taken = TcpListener::bind("127.0.0.1:0").await?;
    let address = taken.local_addr()?.to_string();
    let mut with_port = world.variables().to_vec();
    with_port.push(("MOSAIC_GATEWAY__LISTEN".to_owned(), address.clone()));
    let (code, said) = run_to_end("mosaic-gateway", &[], &with_port, world.folder()).await?;
    assert_eq!(code, Some(69), "{said}");
    assert!(
        said.contains(&address) && said.contains("gateway.listen"),
        "{said}"
    );
    Ok(())
}

#[tokio::test]
async fn a_service_without_its_databases_says_which_host_and_which_setting() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let nowhere = variables(&[
        (
            "MOSAIC_POSTGRES__URL",
            &format!("postgres://joe:{SECRET}@127.0.0.1:1/mosaic"),
        ),
        ("MOSAIC_POSTGRES__CONNECT_TIMEOUT_MS", "500"),
    ]);
    let (code, said) = run_to_end("mosaic-gateway", &[], &nowhere, folder.path()).await?;
    assert_eq!(code, Some(69), "{said}");
    assert!(
        said.contains("127.0.0.1:1") && said.contains("postgres.url"),
        "{said}"
    );
    assert!(!said.contains(SECRET), "{said}");
    Ok(())
}

async fn failure(script: Script, more: &[(&str, &str)]) -> anyhow::Result<Value> {
    let scene = Scene {
        script: Some(script),
        variables: variables(more),
        ..Scene::default()
    };
    let world = World::start(scene).await?;
    let (_gateway, url) = world.gateway().await?;
    let worker = world.worker().await?;
    let run_id = world.send(&url, "hello").await?;
    let mut watcher = world.watch(&[&url], run_id)?;
    watcher.to_the_end().await?;
    gapless(&watcher.events)?;
    let last = watcher.events.pop().context("no event")?;
    assert_eq!(last.kind, "run.failed", "{last:?}");
    assert!(!worker.log().contains("test-key"), "{}", worker.log());
    Ok(last.data)
}

#[tokio::test]
async fn a_wrong_key_fails_the_run_and_names_the_setting() -> anyhow::Result<()> {
    let end = failure(Script::echo().with_key("another-key"), &[]).await?;
    assert_eq!(end["code"], "provider_auth");
    let reason = end["reason"].as_str().unwrap_or_default();
    assert!(
        reason.contains("providers.openai.api_key") && !reason.contains("test-key"),
        "{reason}"
    );
    Ok(())
}

#[tokio::test]
async fn an_unreachable_provider_fails_the_run_after_trying_again() -> anyhow::Result<()> {
    let nowhere = [(
        "MOSAIC_PROVIDERS__OPENAI__BASE_URL",
        "http://127.0.0.1:1/v1",
    )];
    let end = failure(Script::echo(), &nowhere).await?;
    assert_eq!(end["code"], "provider_network");
    let reason = end["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("providers.openai.base_url"), "{reason}");
    Ok(())
}

async fn up(folder: &Path, arguments: &[&str]) -> anyhow::Result<(Option<i32>, String)> {
    let engines = std::env::var_os("MOSAIC_TEST_ENGINES").unwrap_or_default();
    let home = variables(&[
        ("HOME", &folder.display().to_string()),
        ("MOSAIC_LOCAL__ENGINES_DIR", &engines.to_string_lossy()),
    ]);
    let data = folder.join("data").display().to_string();
    let mut all = vec!["--data-dir", data.as_str(), "up"];
    all.extend_from_slice(arguments);
    run_to_end("mosaic", &all, &home, folder).await
}

#[tokio::test]
async fn a_newcomer_gets_an_answer_from_one_command_and_finds_the_data_again() -> anyhow::Result<()>
{
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir()?;
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))?;
    let (code, said) = up(folder.path(), &["--once", "--say", "what is 17 * 23?"]).await?;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("391"), "{said}");
    let stored = folder.path().join("data/token");
    let names_the_file = said.contains(&stored.display().to_string());
    assert!(names_the_file, "it is said where the token is: {said}");
    assert!(!said.contains("mos_"), "a log must not hold it: {said}");
    let mode = std::fs::metadata(&stored)?.permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(std::fs::read_to_string(&stored)?.starts_with("mos_"));
    let (code, said) = up(folder.path(), &["--once", "--say", "hello again"]).await?;
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("mos_"), "{said}");
    Ok(())
}

#[tokio::test]
async fn without_engines_and_without_pip_it_says_what_to_install() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let none = variables(&[("HOME", &folder.path().display().to_string()), ("PATH", "")]);
    let data = folder.path().join("data").display().to_string();
    let (code, said) = run_to_end(
        "mosaic",
        &["--data-dir", &data, "up", "--once"],
        &none,
        folder.path(),
    )
    .await?;
    assert_eq!(code, Some(69), "{said}");
    assert!(
        said.contains("pgvector") && said.contains("alkey"),
        "{said}"
    );
    Ok(())
}
