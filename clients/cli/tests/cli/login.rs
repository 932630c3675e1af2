//! Signing in and out as the gateway and the disk see it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::{Value, json};

use super::setup::{Said, mosaic, run};
use super::stand_in::{Answer, StandIn};

const ID: &str = "01890000-0000-7000-8000-000000000001";
const OLD: &str = "01890000-0000-7000-8000-000000000002";
const COOKIE: &str = "mosaic_session=abc; Path=/; HttpOnly";

fn me() -> Value {
    json!({"userId": ID, "name": "Ada", "workspaceId": ID, "workspace": "Lab", "role": "owner"})
}

fn token(token: &str, id: &str) -> Value {
    json!({"id": id, "name": "mosaic", "createdAt": "2026-01-02T03:04:05Z", "token": token})
}

/// Takes Ada's password and makes tokens.
fn with_passwords(asked: &str, before: usize) -> Answer {
    match asked {
        "GET /api/login" => Answer::new(200, json!({"password": true, "registration": "closed"})),
        "POST /api/session" => Answer {
            cookie: Some(COOKIE),
            ..Answer::new(201, me())
        },
        "POST /api/tokens" if before > 4 => Answer::new(201, token("mos_second", OLD)),
        "POST /api/tokens" => Answer::new(201, token("mos_first", ID)),
        "GET /api/me" => Answer::new(200, me()),
        "DELETE /api/sessions?tokens=true" => Answer::new(200, json!({"ended": 2, "revoked": 1})),
        "DELETE /api/session" => Answer::new(204, Value::Null),
        path if path.starts_with("DELETE /api/") => Answer::new(204, Value::Null),
        _ => Answer::problem(404, "not_found", "there is no such thing"),
    }
}

/// Takes no passwords; the second look finds the login approved.
fn with_browsers(asked: &str, before: usize) -> Answer {
    let path = format!("POST /api/login-requests/{ID}/token");
    match asked {
        "GET /api/login" => Answer::new(200, json!({"password": false})),
        "POST /api/login-requests" => Answer::new(
            201,
            json!({"id": ID, "code": "ABCDE-FGHJK", "secret": "s3cret", "url": "http://127.0.0.1:1/approve",
                "expiresAt": "2999-01-01T00:00:00Z", "intervalSeconds": 0}),
        ),
        looked if looked == path && before < 3 => Answer::new(202, json!({"state": "pending"})),
        looked if looked == path => Answer::new(200, json!({"token": "mos_first", "me": me()})),
        "GET /api/tokens" => {
            let mut item = token("", ID);
            item["current"] = true.into();
            Answer::new(200, json!({"items": [item]}))
        }
        _ => Answer::problem(404, "not_found", "there is no such thing"),
    }
}

struct Home {
    temp: tempfile::TempDir,
    url: String,
}

impl Home {
    fn new(gateway: &StandIn) -> Self {
        Self {
            temp: tempfile::tempdir().unwrap(),
            url: gateway.url.clone(),
        }
    }

    fn mosaic(&self, arguments: &[&str]) -> Command {
        let mut command = mosaic(self.temp.path());
        command.env("HOME", self.temp.path()).args(arguments);
        command
    }

    /// With the gateway named, which commands after a login need no more.
    fn login(&self, arguments: &[&str], input: &'static str) -> Said {
        let mut command = self.mosaic(&["login", "--url", &self.url]);
        run(command.args(arguments).write_stdin(input))
    }

    fn credentials(&self) -> PathBuf {
        self.temp.path().join(".config/mosaic/credentials.json")
    }
}

fn with_password(home: &Home) -> Said {
    let arguments = ["--email", "ada@example.org", "--password-stdin"];
    home.login(&arguments, "open sesame\n")
}

#[test]
fn a_password_gets_a_token_and_leaves_no_session() {
    let gateway = StandIn::start(with_passwords);
    let home = Home::new(&gateway);
    let said = with_password(&home);
    assert_eq!((said.code, said.out.as_str()), (0, ""), "{}", said.talk);
    assert!(said.talk.contains("as Ada, owner of Lab"), "{}", said.talk);
    let asked = gateway.asked();
    let login =
        r#"POST /api/session [nobody] {"email":"ada@example.org","password":"open sesame"}"#;
    assert_eq!(asked[..2], ["GET /api/login [nobody]", login]);
    let made = r#"POST /api/tokens [mosaic_session=abc] {"name":"mosaic on "#;
    assert!(asked[2].starts_with(made), "{}", asked[2]);
    assert_eq!(asked[3..], ["DELETE /api/session [mosaic_session=abc]"]);
    let stored = fs::read_to_string(home.credentials()).unwrap();
    assert!(stored.contains("mos_first") && !stored.contains("sesame"));
    let mode = fs::metadata(home.credentials())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn later_commands_find_gateway_and_token_until_the_logout() {
    let gateway = StandIn::start(with_passwords);
    let home = Home::new(&gateway);
    with_password(&home);
    let said = run(&mut home.mosaic(&["whoami", "--json"]));
    let who: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(
        (&who["name"], &who["tokenFrom"]),
        (&json!("Ada"), &json!("login"))
    );
    assert_eq!(who["gateway"], gateway.url.as_str());
    assert_eq!(
        gateway.asked().last().unwrap(),
        "GET /api/me [Bearer mos_first]"
    );
    let said = run(&mut home.mosaic(&["logout"]));
    assert_eq!(said.code, 0, "{}", said.talk);
    let revoked = format!("DELETE /api/tokens/{ID} [Bearer mos_first]");
    assert_eq!(gateway.asked().last().unwrap(), &revoked);
    assert!(
        !fs::read_to_string(home.credentials())
            .unwrap()
            .contains("mos_")
    );
    let said = run(&mut home.mosaic(&["whoami"]));
    assert_eq!(said.code, 5, "{}", said.talk);
    let said = run(&mut home.mosaic(&["whoami", "--url", &gateway.url]));
    assert_eq!(said.code, 4, "{}", said.talk);
    assert!(said.talk.contains("mosaic login"), "{}", said.talk);
}

#[test]
fn a_second_login_takes_the_place_of_the_first() {
    let gateway = StandIn::start(with_passwords);
    let home = Home::new(&gateway);
    with_password(&home);
    assert_eq!(with_password(&home).code, 0);
    // With itself, so that it can be nobody else's.
    let revoked = format!("DELETE /api/tokens/{ID} [Bearer mos_first]");
    assert_eq!(gateway.asked().last().unwrap(), &revoked);
    let stored = fs::read_to_string(home.credentials()).unwrap();
    assert!(stored.contains("mos_second") && !stored.contains("mos_first"));
}

#[test]
fn a_login_everywhere_else_is_asked_about_first() {
    let gateway = StandIn::start(with_passwords);
    let home = Home::new(&gateway);
    with_password(&home);
    let said = run(&mut home.mosaic(&["logout", "--everywhere"]));
    assert_eq!(said.code, 2);
    assert!(said.talk.contains("--yes"), "{}", said.talk);
    let said = run(&mut home.mosaic(&["logout", "--everywhere", "--yes"]));
    assert_eq!(said.code, 0, "{}", said.talk);
    let ended = "DELETE /api/sessions?tokens=true [Bearer mos_first]";
    assert_eq!(gateway.asked().last().unwrap(), ended);
}

#[test]
fn a_login_is_approved_in_a_browser_where_no_passwords_are_taken() {
    let gateway = StandIn::start(with_browsers);
    let home = Home::new(&gateway);
    let said = home.login(&[], "");
    assert_eq!((said.code, said.out.as_str()), (0, ""), "{}", said.talk);
    for told in ["http://127.0.0.1:1/approve", "ABCDE-FGHJK"] {
        assert!(said.talk.contains(told), "{}", said.talk);
    }
    let asked = gateway.asked();
    let look = format!(r#"POST /api/login-requests/{ID}/token [nobody] {{"secret":"s3cret"}}"#);
    assert_eq!(
        asked.iter().filter(|one| **one == look).count(),
        2,
        "{asked:?}"
    );
    let stored = fs::read_to_string(home.credentials()).unwrap();
    assert!(stored.contains("mos_first") && stored.contains(ID) && !stored.contains("s3cret"));
    let said = home.login(&["--email", "ada@example.org"], "");
    assert_eq!(said.code, 4, "{}", said.talk);
    assert!(said.talk.contains("--sso"), "{}", said.talk);
}

#[test]
fn programs_are_told_the_code_as_json() {
    let gateway = StandIn::start(with_browsers);
    let home = Home::new(&gateway);
    let said = home.login(&["--sso", "--json"], "");
    let lines: Vec<Value> = said
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[0]["code"], "ABCDE-FGHJK");
    assert_eq!(
        (&lines[1]["state"], &lines[1]["workspace"]),
        (&json!("done"), &json!("Lab"))
    );
    assert!(
        !said.out.contains("mos_") && !said.out.contains("s3cret"),
        "{}",
        said.out
    );
}

#[test]
fn a_token_that_one_has_is_kept_as_it_is() {
    let gateway = StandIn::start(with_passwords);
    let home = Home::new(&gateway);
    let said = home.login(&["--token-stdin"], "mos_given\n");
    assert_eq!(said.code, 0, "{}", said.talk);
    assert_eq!(gateway.asked()[0], "GET /api/me [Bearer mos_given]");
    let said = home.login(&["--token-stdin"], "\n");
    assert_eq!(said.code, 2, "{}", said.talk);
}

#[test]
fn a_wrong_password_leaves_everything_as_it_was() {
    let gateway = StandIn::start(|asked, _| match asked {
        "GET /api/login" => Answer::new(200, json!({"password": true})),
        _ => Answer::problem(401, "unauthenticated", "address or password is wrong"),
    });
    let home = Home::new(&gateway);
    let said = with_password(&home);
    assert_eq!(said.code, 4);
    assert!(said.talk.contains("password is wrong"), "{}", said.talk);
    assert!(!home.credentials().exists());
}

#[test]
fn nobody_is_asked_where_nobody_sits() {
    let gateway = StandIn::start(with_passwords);
    let home = Home::new(&gateway);
    for arguments in [&[][..], &["--email", "ada@example.org"]] {
        let said = home.login(arguments, "");
        assert_eq!(said.code, 2, "{}", said.talk);
        assert!(said.talk.contains("-stdin"), "{}", said.talk);
    }
    assert_eq!(gateway.asked().len(), 2, "nothing but how one may sign in");
}

#[test]
fn without_a_home_nothing_is_asked_for() {
    let gateway = StandIn::start(with_passwords);
    let temp = tempfile::tempdir().unwrap();
    let said = run(mosaic(temp.path()).args(["login", "--url", &gateway.url, "--token-stdin"]));
    assert_eq!(said.code, 69, "{}", said.talk);
    assert!(gateway.asked().is_empty());
}

#[test]
fn a_link_in_the_place_of_the_credentials_is_refused() {
    let gateway = StandIn::start(with_passwords);
    let home = Home::new(&gateway);
    with_password(&home);
    let other = home.temp.path().join("elsewhere");
    fs::rename(home.credentials(), &other).unwrap();
    std::os::unix::fs::symlink(&other, home.credentials()).unwrap();
    let said = run(&mut home.mosaic(&["whoami", "--url", &home.url]));
    assert_eq!(said.code, 69, "{}", said.talk);
    let before = fs::read(&other).unwrap();
    assert_eq!(with_password(&home).code, 69);
    assert_eq!(fs::read(&other).unwrap(), before);
    assert!(is_link(&home.credentials()));
}

fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).unwrap().is_symlink()
}

#[test]
fn a_token_on_the_command_line_counts_more_and_that_is_said() {
    let gateway = StandIn::start(with_passwords);
    let home = Home::new(&gateway);
    let arguments = [
        "login",
        "--url",
        &home.url,
        "--email",
        "a@b.c",
        "--password-stdin",
    ];
    let mut command = home.mosaic(&arguments);
    let said = run(command
        .env("MOSAIC_CLIENT__TOKEN", "mos_env")
        .write_stdin("x\n"));
    assert!(said.talk.contains("counts more"), "{}", said.talk);
    let said = run(home
        .mosaic(&["whoami", "--json"])
        .env("MOSAIC_CLIENT__TOKEN", "mos_env"));
    let who: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(who["tokenFrom"], "configuration");
}
