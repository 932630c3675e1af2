use super::setup::{mosaic, run};

fn help(arguments: &[&str]) -> String {
    let temp = tempfile::tempdir().unwrap();
    let said = run(mosaic(temp.path()).args(arguments).arg("--help"));
    assert_eq!(said.code, 0, "{}", said.talk);
    said.out
}

#[cfg(feature = "local")]
#[test]
fn the_program_says_what_it_can_and_how_it_ends() {
    insta::assert_snapshot!(help(&[]));
}

#[test]
fn chat_says_where_a_message_comes_from() {
    insta::assert_snapshot!(help(&["chat"]));
}

#[cfg(feature = "local")]
#[test]
fn up_says_what_it_does() {
    insta::assert_snapshot!(help(&["up"]));
}

#[test]
fn events_tail_says_how_to_choose() {
    insta::assert_snapshot!(help(&["events", "tail"]));
}

#[test]
fn events_replay_says_how_to_choose() {
    insta::assert_snapshot!(help(&["events", "replay"]));
}

#[test]
fn queue_says_what_can_be_done() {
    insta::assert_snapshot!(help(&["queue"]));
}

#[test]
fn queue_retry_says_what_is_put_back() {
    insta::assert_snapshot!(help(&["queue", "retry"]));
}

#[test]
fn login_says_how_one_signs_in() {
    insta::assert_snapshot!(help(&["login"]));
}

#[test]
fn every_command_about_identity_says_what_can_be_done() {
    for command in [
        "logout",
        "register",
        "setup",
        "passwd",
        "account",
        "token",
        "session",
        "workspace",
        "member",
        "team",
        "invite",
        "user",
        "audit",
    ] {
        insta::assert_snapshot!(command, help(&[command]));
    }
}

#[test]
fn a_command_that_does_not_exist_is_a_usage_error_with_a_hint() {
    let temp = tempfile::tempdir().unwrap();
    let said = run(mosaic(temp.path()).arg("conversatoins"));
    assert_eq!(said.code, 2);
    assert!(said.talk.contains("conversations"), "{}", said.talk);
    assert_eq!(said.out, "");
}

#[test]
fn an_id_that_is_none_is_a_usage_error() {
    let temp = tempfile::tempdir().unwrap();
    let said = run(mosaic(temp.path()).args(["runs", "show", "nonsense"]));
    assert_eq!(said.code, 2);
    assert!(said.talk.contains("is not a UUID"), "{}", said.talk);
}
