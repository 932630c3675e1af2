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

/// A working copy that says that a gateway was started in it.
fn copy_with_data(folder_mode: u32, settings: &str, settings_mode: u32) -> tempfile::TempDir {
    use std::fs::{Permissions, create_dir, set_permissions, write};
    use std::os::unix::fs::PermissionsExt as _;

    let copy = tempfile::tempdir().unwrap();
    let data = copy.path().join(".mosaic");
    create_dir(&data).unwrap();
    let put = |name: &str, text: &str, mode: u32| {
        write(data.join(name), text).unwrap();
        set_permissions(data.join(name), Permissions::from_mode(mode)).unwrap();
    };
    put(
        "ports.json",
        r#"{"gateway": "127.0.0.1:1", "ports": {}}"#,
        0o600,
    );
    put("token", "mos_x", 0o600);
    put("mosaic.toml", settings, settings_mode);
    set_permissions(&data, Permissions::from_mode(folder_mode)).unwrap();
    copy
}

fn list_in(copy: &tempfile::TempDir) -> super::setup::Said {
    let home = tempfile::tempdir().unwrap();
    run(mosaic(home.path())
        .env_remove("MOSAIC_LOCAL__DATA_DIR")
        .env("HOME", home.path())
        .current_dir(copy.path())
        .args(["queue", "ls"]))
}

#[test]
fn settings_in_a_working_copy_do_not_lead_to_another_machine() {
    let copy = copy_with_data(0o755, "[client]\nurl = 'http://evil.invalid'\n", 0o644);
    let said = list_in(&copy);
    assert!(said.talk.contains("http://127.0.0.1:1"), "{}", said.talk);
    assert!(!said.talk.contains("evil"), "{}", said.talk);
}

#[test]
fn settings_in_a_working_copy_that_others_can_change_are_a_fault() {
    let said = list_in(&copy_with_data(0o755, "", 0o666));
    assert_eq!(said.code, 78, "{}", said.talk);
    assert!(said.talk.contains("chmod go-w"), "{}", said.talk);
}

#[test]
fn a_data_folder_of_a_working_copy_that_others_can_write_is_not_used() {
    let said = list_in(&copy_with_data(0o777, "", 0o644));
    assert_eq!(said.code, 5, "{}", said.talk);
    assert!(!said.talk.contains("127.0.0.1:1"), "{}", said.talk);
}
