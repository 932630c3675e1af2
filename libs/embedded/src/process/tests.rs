use super::*;

fn shell(script: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script]);
    command
}

#[tokio::test]
async fn an_end_that_nobody_asked_for_is_told_with_its_status() {
    let (states, mut seen) = watch::channel(ProcessState::Stopped);
    let child = Child::spawn(shell("exit 3"), Signal::SIGTERM, states)
        .await
        .unwrap();
    seen.wait_for(|s| matches!(s, ProcessState::Died { .. }))
        .await
        .unwrap();
    assert_eq!(
        *seen.borrow(),
        ProcessState::Died {
            status: "exit status: 3".into()
        }
    );
    drop(child);
}

#[tokio::test]
async fn a_child_that_ignores_the_first_signal_gets_the_next() {
    let (states, seen) = watch::channel(ProcessState::Stopped);
    let script = "trap '' INT; exec sleep 30";
    let mut child = Child::spawn(shell(script), Signal::SIGTERM, states)
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let brief = Duration::from_millis(200);
    child
        .stop(&[(Signal::SIGINT, brief), (Signal::SIGTERM, 20 * brief)])
        .await;
    assert_eq!(*seen.borrow(), ProcessState::Stopped);
    assert!(child.ended().is_some());
}

#[tokio::test]
async fn a_program_that_does_not_exist_is_an_error() {
    let (states, _seen) = watch::channel(ProcessState::Stopped);
    let command = Command::new("/nowhere/postgres");
    let error = Child::spawn(command, Signal::SIGTERM, states)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
}
