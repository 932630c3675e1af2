use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use super::setup::{engines, folder, start_postgres, store};

/// `target/<profile>/examples/hold`, which cargo builds together with the tests.
fn hold(data: &Path) -> Child {
    let test = std::env::current_exe().unwrap();
    let program: PathBuf = test
        .parent()
        .unwrap()
        .parent()
        .unwrap()
        .join("examples/hold");
    Command::new(program)
        .arg(store())
        .arg(data)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn pids(parent: &mut Child) -> Vec<i32> {
    let lines = BufReader::new(parent.stdout.take().unwrap())
        .lines()
        .take(2);
    lines.map(|line| line.unwrap().parse().unwrap()).collect()
}

fn alive(pid: i32) -> bool {
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), None).is_ok()
}

#[tokio::test]
async fn engines_end_when_their_parent_is_killed_and_start_again_after() {
    engines().await;
    let home = folder();
    let mut parent = hold(home.path());
    let engines = pids(&mut parent);
    assert_eq!(engines.len(), 2);
    assert!(engines.iter().all(|pid| alive(*pid)));

    parent.kill().unwrap();
    parent.wait().unwrap();
    // Started at once: the old server may still be writing its data.
    let mut again = start_postgres(home.path()).await;
    let until = Instant::now() + Duration::from_secs(10);
    while engines.iter().any(|pid| alive(*pid)) {
        assert!(Instant::now() < until, "an engine outlived its parent");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    again.stop().await;
}
