use super::setup::{mosaic, run};

#[test]
fn without_any_gateway_the_way_to_one_is_shown() {
    let temp = tempfile::tempdir().unwrap();
    let said = run(mosaic(temp.path()).args(["chat", "hello"]).write_stdin(""));
    assert_eq!(said.code, 5);
    assert!(said.talk.contains("mosaic up"), "{}", said.talk);
    assert_eq!(said.out, "");
}

#[test]
fn a_gateway_that_does_not_answer_is_named() {
    let temp = tempfile::tempdir().unwrap();
    let arguments = [
        "chat",
        "hello",
        "--url",
        "http://127.0.0.1:1",
        "--token",
        "mos_x",
    ];
    let said = run(mosaic(temp.path()).args(arguments).write_stdin(""));
    assert_eq!(said.code, 5);
    assert!(said.talk.contains("http://127.0.0.1:1"), "{}", said.talk);
}

#[test]
fn a_missing_token_is_said_before_anything_is_sent() {
    let temp = tempfile::tempdir().unwrap();
    let said = run(mosaic(temp.path()).args(["conversations", "--url", "http://127.0.0.1:1"]));
    assert_eq!(said.code, 4);
    assert!(said.talk.contains("MOSAIC_CLIENT__TOKEN"), "{}", said.talk);
}

#[test]
fn errors_are_json_where_json_is_wanted() {
    let temp = tempfile::tempdir().unwrap();
    let arguments = [
        "queue",
        "ls",
        "--json",
        "--url",
        "http://127.0.0.1:1",
        "--token",
        "mos_x",
    ];
    let said = run(mosaic(temp.path()).args(arguments));
    let error: serde_json::Value = serde_json::from_str(&said.talk).unwrap();
    assert_eq!(error["error"]["exit"], 5);
    assert!(error["error"]["remedy"].is_string());
}

#[test]
fn nothing_to_say_is_a_usage_error() {
    let temp = tempfile::tempdir().unwrap();
    let arguments = ["chat", "--url", "http://127.0.0.1:1", "--token", "mos_x"];
    let said = run(mosaic(temp.path()).args(arguments).write_stdin(" \n"));
    assert_eq!(said.code, 2);
    assert!(said.talk.contains("there is no message"), "{}", said.talk);
}
