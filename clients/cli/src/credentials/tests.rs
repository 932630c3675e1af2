//! What stands in the file, and what becomes of it.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use uuid::Uuid;

use super::*;

const HERE: &str = "http://127.0.0.1:1";
const THERE: &str = "https://mosaic.example";

fn workspace(number: u128) -> WorkspaceId {
    Uuid::from_u128(number).into()
}

fn login(number: u128, token: &str) -> Login {
    Login {
        workspace_id: workspace(number),
        workspace: format!("w{number}"),
        user_id: Uuid::from_u128(9).into(),
        user: "Ada".to_owned(),
        token: token.to_owned().into(),
        token_id: None,
        stored_at: DateTime::UNIX_EPOCH,
    }
}

fn token(stored: &Stored, gateway: &str) -> Option<String> {
    stored
        .login(gateway)
        .map(|login| login.token.expose().to_owned())
}

#[test]
fn the_last_login_is_in_use_and_others_can_be_switched_to() {
    let mut stored = Stored::default();
    assert!(stored.put(THERE, login(1, "mos_1")).is_none());
    stored.put(HERE, login(1, "mos_2"));
    stored.put(HERE, login(3, "mos_3"));
    assert_eq!(stored.gateway(), Some(HERE));
    assert_eq!(token(&stored, HERE).as_deref(), Some("mos_3"));
    assert!(stored.switch(HERE, workspace(1)));
    assert_eq!(token(&stored, HERE).as_deref(), Some("mos_2"));
    assert!(!stored.switch(HERE, workspace(7)));
    // Signing in again takes the place of what was there.
    let before = stored.put(HERE, login(1, "mos_4"));
    assert_eq!(before.unwrap().token.expose(), "mos_2");
    assert_eq!(stored.logins(HERE).len(), 2);
}

#[test]
fn what_is_forgotten_makes_room_for_what_is_left() {
    let mut stored = Stored::default();
    stored.put(THERE, login(1, "mos_1"));
    stored.put(HERE, login(1, "mos_2"));
    stored.put(HERE, login(3, "mos_3"));
    stored.forget(HERE, workspace(3));
    assert_eq!(token(&stored, HERE).as_deref(), Some("mos_2"));
    stored.forget_person(HERE, Uuid::from_u128(8).into());
    assert_eq!(stored.logins(HERE).len(), 1);
    stored.forget_person(HERE, Uuid::from_u128(9).into());
    assert_eq!(
        (stored.gateway(), stored.logins(HERE).len()),
        (Some(THERE), 0)
    );
}

#[test]
fn what_is_stored_comes_back_and_nobody_else_reads_it() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("a/b");
    let file = Credentials::in_folder(&folder);
    assert!(file.read().unwrap().gateway().is_none());
    file.change(|stored| drop(stored.put(HERE, login(1, "mos_1"))))
        .unwrap();
    let stored = file.read().unwrap();
    assert_eq!(token(&stored, HERE).as_deref(), Some("mos_1"));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(file.path()), mode(&folder)), (0o600, 0o700));
    assert!(!format!("{stored:?}").contains("mos_1"));
}

#[test]
fn a_file_or_folder_that_others_have_a_hand_in_is_refused() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("mosaic");
    let file = Credentials::in_folder(&folder);
    let put = || file.change(|stored| drop(stored.put(HERE, login(1, "mos_1"))));
    put().unwrap();
    fs::set_permissions(file.path(), Permissions::from_mode(0o644)).unwrap();
    let told = file.read().unwrap_err().message;
    assert!(told.contains("chmod 600"), "{told}");
    // A link is neither read nor written through.
    let other = temp.path().join("other");
    fs::rename(file.path(), &other).unwrap();
    symlink(&other, file.path()).unwrap();
    assert!(file.read().is_err());
    assert!(put().is_err());
    fs::remove_file(file.path()).unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o777)).unwrap();
    let told = put().unwrap_err().message;
    assert!(told.contains("others can write"), "{told}");
}

#[test]
fn what_is_not_understood_is_left_alone() {
    let temp = tempfile::tempdir().unwrap();
    let file = Credentials::in_folder(temp.path());
    fs::set_permissions(temp.path(), Permissions::from_mode(0o700)).unwrap();
    for text in ["nonsense", r#"{"version": 2, "gateways": {}}"#] {
        write_private(file.path(), text).unwrap();
        assert!(file.read().is_err());
        assert!(file.change(|_| ()).is_err());
        assert_eq!(fs::read_to_string(file.path()).unwrap(), text);
    }
}

#[test]
fn an_address_is_the_same_however_it_is_typed() {
    for typed in ["HTTP://LocalHost:80/", "http://localhost"] {
        assert_eq!(address(typed).unwrap(), "http://localhost");
    }
}
