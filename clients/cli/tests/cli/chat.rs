use assert_cmd::Command;
use serde_json::{Value, json};

use super::gateway::{self, Gateway, TOKEN};
use super::setup::{mosaic, run};

fn answering() -> Gateway {
    gateway::start(&[
        (
            "tool.started",
            json!({"step": 2, "callId": "c", "name": "calculator", "arguments": {"expression": "2+2"}}),
        ),
        (
            "tool.completed",
            json!({"step": 2, "callId": "c", "name": "calculator",
            "outcome": "TOOL_OUTCOME_SUCCEEDED", "output": "4"}),
        ),
        ("text.delta", json!({"step": 3, "text": "It is "})),
        ("text.delta", json!({"step": 3, "text": "4."})),
        ("run.completed", json!({"content": "It is 4."})),
    ])
}

fn chat(folder: &std::path::Path, gateway: &Gateway, arguments: &[&str]) -> Command {
    let mut command = mosaic(folder);
    command
        .arg("chat")
        .args(arguments)
        .args(["--url", &gateway.url])
        .env("MOSAIC_CLIENT__TOKEN", TOKEN);
    command
}

#[test]
fn the_answer_is_all_that_goes_to_standard_output() {
    let (temp, gateway) = (tempfile::tempdir().unwrap(), answering());
    let said = run(chat(temp.path(), &gateway, &["what", "is", "2+2?"]).write_stdin(""));
    assert_eq!((said.code, said.out.as_str()), (0, "It is 4.\n"));
    assert_eq!(
        said.talk,
        "calculator {\"expression\":\"2+2\"}\ncalculator → 4\n"
    );
    assert_eq!(gateway.sent.lock().unwrap()[0]["content"], "what is 2+2?");
}

#[test]
fn a_pipe_is_the_message_and_arguments_stand_before_it() {
    let (temp, gateway) = (tempfile::tempdir().unwrap(), answering());
    let said = run(chat(temp.path(), &gateway, &["sum this up:", "--wait"]).write_stdin("2\n2\n"));
    assert_eq!(said.code, 0, "{}", said.talk);
    let sent = gateway.sent.lock().unwrap()[0].clone();
    assert_eq!(
        (sent["content"].as_str(), sent["delivery"].as_str()),
        (Some("sum this up:\n\n2\n2"), Some("wait"))
    );
    assert!(sent["idempotencyKey"].is_string());
}

#[test]
fn frames_are_printed_where_json_is_wanted() {
    let (temp, gateway) = (tempfile::tempdir().unwrap(), answering());
    let said = run(chat(temp.path(), &gateway, &["hello", "--json"]).write_stdin(""));
    let frames: Vec<Value> = said
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let types: Vec<&str> = frames
        .iter()
        .map(|frame| frame["type"].as_str().unwrap())
        .collect();
    let wanted = [
        "run.accepted",
        "tool.started",
        "tool.completed",
        "text.delta",
        "text.delta",
        "run.completed",
    ];
    assert_eq!(types, wanted);
    assert_eq!(frames[3]["data"]["text"], "It is ");
}

#[test]
fn a_run_that_fails_says_why_and_keeps_what_was_written() {
    let temp = tempfile::tempdir().unwrap();
    let gateway = gateway::start(&[
        ("text.delta", json!({"step": 1, "text": "Let me"})),
        (
            "run.failed",
            json!({"code": "provider_auth", "reason": "the key was refused; set another one"}),
        ),
    ]);
    let said = run(chat(temp.path(), &gateway, &["hello"]).write_stdin(""));
    assert_eq!((said.code, said.out.as_str()), (6, "Let me\n"));
    assert!(said.talk.contains("the key was refused"), "{}", said.talk);
}

#[test]
fn a_refused_token_is_an_exit_of_its_own() {
    let (temp, gateway) = (tempfile::tempdir().unwrap(), answering());
    let said = run(chat(temp.path(), &gateway, &["hello", "--token", "mos_other"]).write_stdin(""));
    assert_eq!(said.code, 4);
    assert!(said.talk.contains("use another token"), "{}", said.talk);
}

#[test]
fn the_first_interrupt_stops_the_run_and_the_second_leaves() {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};

    let temp = tempfile::tempdir().unwrap();
    // The stream ends without an end of the run, so the client keeps trying.
    let gateway = gateway::start(&[("text.delta", json!({"step": 1, "text": "One\n"}))]);
    let mut child = Command::new(assert_cmd::cargo::cargo_bin!("mosaic"))
        .args(["chat", "hello", "--url", &gateway.url])
        .env_clear()
        .env("MOSAIC_CLIENT__TOKEN", TOKEN)
        .env("MOSAIC_LOCAL__DATA_DIR", temp.path())
        .current_dir(temp.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let interrupt = |child: &std::process::Child| {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
    };
    let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(out.next().unwrap().unwrap(), "One");
    interrupt(&child);
    let mut talk = BufReader::new(child.stderr.take().unwrap()).lines();
    assert_eq!(
        talk.next().unwrap().unwrap(),
        "stopping; Ctrl-C again to leave at once"
    );
    std::thread::sleep(std::time::Duration::from_millis(200));
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
}
