use super::setup::{mosaic, run};

const FAULTY: &str =
    "[gateway]\nlisten = \"nowhere\"\nlistne = \"x\"\n[client]\nurl = \"ftp://host\"\n";

#[test]
fn every_fault_of_a_configuration_is_listed_at_once() {
    let temp = tempfile::tempdir().unwrap();
    std::fs::write(temp.path().join("mosaic.toml"), FAULTY).unwrap();
    let said = run(mosaic(temp.path()).args(["queue", "ls"]));
    assert_eq!(said.code, 78);
    for key in ["gateway.listen ", "gateway.listne", "client.url"] {
        assert!(
            said.talk.contains(key),
            "{key} is not named:\n{}",
            said.talk
        );
    }
    assert_eq!(said.out, "");
}

#[test]
fn doctor_lists_the_faults_and_goes_on() {
    let temp = tempfile::tempdir().unwrap();
    std::fs::write(temp.path().join("mosaic.toml"), FAULTY).unwrap();
    let said = run(mosaic(temp.path()).args(["doctor", "--json"]));
    assert_eq!(said.code, 1);
    let report: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let checks = report["checks"].as_array().unwrap();
    let named = |name: &str| checks.iter().filter(|check| check["name"] == name).count();
    assert!(named("configuration") >= 3, "{}", said.out);
    assert_eq!(named("gateway"), 1, "{}", said.out);
    assert_eq!(report["ok"], false);
}

#[test]
fn a_file_that_does_not_exist_is_named() {
    let temp = tempfile::tempdir().unwrap();
    let said = run(mosaic(temp.path()).args(["version", "--config", "/nowhere/mosaic.toml"]));
    assert_eq!(said.code, 78);
    assert!(said.talk.contains("/nowhere/mosaic.toml"), "{}", said.talk);
}

#[test]
fn the_working_folder_is_not_searched_for_settings() {
    let temp = tempfile::tempdir().unwrap();
    let checkout = tempfile::tempdir().unwrap();
    std::fs::write(checkout.path().join("mosaic.toml"), FAULTY).unwrap();
    let said = run(mosaic(temp.path())
        .current_dir(checkout.path())
        .args(["queue", "ls"]));
    assert_eq!(said.code, 5, "{}", said.talk);
    assert!(!said.talk.contains("gateway.listen"), "{}", said.talk);
}

#[test]
fn what_is_wrong_does_not_steer_the_terminal() {
    let temp = tempfile::tempdir().unwrap();
    let said = run(mosaic(temp.path()).args(["version", "--config", "/nowhere/\x1b[2J\u{202e}x"]));
    assert_eq!(said.code, 78);
    assert!(said.talk.contains("/nowhere/[2Jx"), "{:?}", said.talk);
}
