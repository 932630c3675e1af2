//! Signing in, and people, on a real gateway.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use mosaic_testkit::terminal::{ENTER, Terminal};
use serde_json::{Value, json};

use super::installation::{ADA, Installation, PASSWORD};
use super::setup::run;

const BOB: &str = "bob@example.org";

#[test]
fn somebody_signs_in_and_out_with_a_password() -> anyhow::Result<()> {
    let installation = Installation::start()?;
    let ada = installation.ada()?;
    let who = ada.json(&["whoami"])?;
    assert_eq!(
        (&who["name"], &who["workspace"], &who["role"]),
        (&json!("Ada"), &json!("Garden"), &json!("owner"))
    );
    assert_eq!(who["tokenFrom"], "login");
    let tokens = ada.get(&["token", "ls"])?;
    assert!(
        tokens.contains("mosaic on ") && tokens.contains("this one"),
        "{tokens}"
    );
    // The session that made the token is over.
    assert_eq!(ada.get(&["session", "ls"])?, "");
    // Signing in again leaves one token, not two.
    ada.log_in(ADA);
    let named = ada.get(&["token", "ls"])?.matches("mosaic on ").count();
    assert_eq!(named, 1);
    ada.get(&["logout"])?;
    assert_eq!(ada.run(&["whoami", "--url", &installation.url]).code, 4);
    Ok(())
}

#[test]
fn a_token_is_made_shown_once_used_and_revoked() -> anyhow::Result<()> {
    let installation = Installation::start()?;
    let ada = installation.ada()?;
    let said = ada.run(&["token", "create", "ci", "--scope", "read"]);
    assert_eq!(said.code, 0, "{}", said.talk);
    let token = said.out.trim_end();
    assert!(
        token.starts_with("mos_") && !said.talk.contains(token),
        "{}",
        said.talk
    );
    let with_it =
        |arguments: &[&str]| run(ada.mosaic(arguments).env("MOSAIC_CLIENT__TOKEN", token));
    assert_eq!(with_it(&["conversations", "ls"]).code, 0);
    let more = with_it(&["token", "create", "more"]);
    assert_eq!(more.code, 4, "{}", more.talk);
    assert_eq!(
        ada.run(&["token", "revoke", "ci"]).code,
        2,
        "nobody can be asked"
    );
    ada.get(&["token", "revoke", "ci", "--yes"])?;
    let gone = with_it(&["conversations", "ls"]);
    assert_eq!(gone.code, 4);
    assert!(gone.talk.contains("mosaic login"), "{}", gone.talk);
    Ok(())
}

#[test]
fn a_login_is_approved_by_somebody_with_a_browser() -> anyhow::Result<()> {
    let installation = Installation::start()?;
    let person = installation.person()?;
    let home = person.home();
    let mut waiting = Command::new(assert_cmd::cargo::cargo_bin!("mosaic"))
        .args(["login", "--sso", "--json", "--url", &installation.url])
        .env_clear()
        .env("HOME", &home)
        .env("MOSAIC_LOCAL__DATA_DIR", &home)
        .current_dir(&home)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(waiting.stdout.take().context("stdout")?).lines();
    let pending: Value = serde_json::from_str(&lines.next().context("a code")??)?;
    let code = pending["code"].as_str().context("a code")?.to_owned();
    installation.in_browser(ADA, async |signed| signed.client.approve_login(&code).await)?;
    let done: Value = serde_json::from_str(&lines.next().context("an end")??)?;
    assert_eq!(
        (&done["user"], &done["workspace"]),
        (&json!("Ada"), &json!("Garden"))
    );
    assert!(waiting.wait()?.success());
    assert_eq!(person.json(&["whoami"])?["name"], "Ada");
    Ok(())
}

#[test]
fn people_are_made_kept_out_and_deleted() -> anyhow::Result<()> {
    let installation = Installation::start()?;
    let ada = installation.ada()?;
    let create = ["user", "create", BOB, "--name", "Bob", "--password-stdin"];
    let made = run(ada.mosaic(&create).write_stdin(format!("{PASSWORD}\n")));
    assert_eq!(made.code, 0, "{}", made.talk);
    let bob = installation.person()?;
    assert_eq!(bob.log_in(BOB).code, 0);
    assert_eq!(bob.run(&["user", "ls"]).code, 4);
    let why = ["--reason", "on leave", "--yes"];
    ada.get(&[&["user", "deactivate", BOB][..], &why].concat())?;
    let shown = ada.get(&["user", "show", "bob"])?;
    assert!(shown.contains("deactivated: on leave"), "{shown}");
    assert_eq!(bob.run(&["whoami"]).code, 4);
    assert_ne!(bob.log_in(BOB).code, 0);
    ada.get(&["user", "reactivate", BOB])?;
    assert_eq!(bob.log_in(BOB).code, 0);
    let link = ada.get(&["user", "password-link", BOB])?;
    // Not on the command line, which others on the machine can read.
    let passwd = ["passwd", "--link", "-", "--password-stdin"];
    let typed = format!("{}\nanother password altogether\n", link.trim());
    let set = run(bob.mosaic(&passwd).write_stdin(typed));
    assert_eq!(set.code, 0, "{}", set.talk);
    assert_eq!(bob.log_in(BOB).code, 4);
    assert_eq!(
        ada.run(&["user", "delete", BOB]).code,
        2,
        "nobody can be asked"
    );
    ada.get(&["user", "delete", BOB, "--yes"])?;
    assert_eq!(ada.run(&["user", "show", BOB]).code, 3);
    let audit = ada.get(&["audit", "--action", "user.*", "--json"])?;
    for action in ["user.deactivate", "user.reactivate", "user.delete"] {
        assert!(audit.contains(action), "{action}: {audit}");
    }
    assert!(!audit.contains(link.rsplit('#').next().context("a secret")?));
    Ok(())
}

#[test]
fn somebody_is_invited_gets_a_role_a_team_and_leaves() -> anyhow::Result<()> {
    let installation = Installation::start()?;
    let ada = installation.ada()?;
    ada.get(&["team", "create", "Roses"])?;
    let invite = [
        "invite", "create", "--email", BOB, "--role", "guest", "--team", "roses",
    ];
    let link = ada.get(&invite)?;
    assert!(link.contains("/invite#"), "{link}");
    let secret = link.rsplit('#').next().context("a secret")?;
    let bob = installation.person()?;
    let accept = [
        "invite",
        "accept",
        secret,
        "--url",
        &installation.url,
        "--name",
        "Bob",
        "--password-stdin",
    ];
    let joined = run(bob.mosaic(&accept).write_stdin(format!("{PASSWORD}\n")));
    assert_eq!(joined.code, 0, "{}", joined.talk);
    assert!(
        joined.talk.contains(&format!(
            "Ada invites you to Garden, as guest, at {}",
            installation.url
        )),
        "{}",
        joined.talk
    );
    assert_eq!(bob.json(&["whoami"])?["role"], "guest");
    assert_eq!(bob.run(&["invite", "create"]).code, 4);
    ada.get(&["member", "role", "Bob", "member"])?;
    let members = ada.get(&["member", "ls"])?;
    assert!(members.contains("Roses"), "{members}");
    ada.get(&["team", "role", "Roses", BOB, "admin"])?;
    assert!(ada.get(&["team", "show", "Roses"])?.contains("admin"));
    ada.get(&["team", "remove", "Roses", BOB])?;
    ada.get(&["team", "delete", "Roses", "--yes"])?;
    // The last owner stays.
    assert_ne!(ada.run(&["member", "leave", "--yes"]).code, 0);
    bob.get(&["member", "leave", "--yes"])?;
    assert_eq!(bob.run(&["whoami"]).code, 4);
    assert_eq!(ada.run(&["member", "role", "Bob", "admin"]).code, 3);
    Ok(())
}

#[test]
fn a_workspace_is_made_switched_to_and_deleted() -> anyhow::Result<()> {
    let installation = Installation::start()?;
    let ada = installation.ada()?;
    ada.get(&["workspace", "create", "Lab"])?;
    let refused = ada.run(&["workspace", "switch", "Lab"]);
    assert_eq!(refused.code, 4);
    assert!(
        refused.talk.contains("mosaic login --workspace"),
        "{}",
        refused.talk
    );
    let login = [
        "login",
        "--email",
        ADA,
        "--password-stdin",
        "--workspace",
        "lab",
    ];
    let said = run(ada.mosaic(&login).write_stdin(format!("{PASSWORD}\n")));
    assert_eq!(said.code, 0, "{}", said.talk);
    assert_eq!(ada.json(&["whoami"])?["workspace"], "Lab");
    ada.get(&["workspace", "switch", "garden"])?;
    assert_eq!(ada.json(&["whoami"])?["workspace"], "Garden");
    assert_eq!(ada.run(&["workspace", "switch", "nowhere"]).code, 3);
    assert_eq!(
        ada.run(&["workspace", "delete", "Lab"]).code,
        2,
        "nobody can be asked"
    );
    let elsewhere = ada.run(&["workspace", "rename", "Lab", "Laboratory"]);
    assert_ne!(elsewhere.code, 0);
    ada.get(&["workspace", "switch", "lab"])?;
    ada.get(&["workspace", "rename", "Lab", "Laboratory"])?;
    ada.get(&["workspace", "delete", "Laboratory", "--yes"])?;
    ada.get(&["workspace", "switch", "garden"])?;
    assert!(!ada.get(&["workspace", "ls"])?.contains("Laboratory"));
    assert_ne!(ada.run(&["workspace", "delete", "Garden", "--yes"]).code, 0);
    Ok(())
}

#[test]
fn a_password_is_changed_and_ends_other_sessions() -> anyhow::Result<()> {
    let installation = Installation::start()?;
    let ada = installation.ada()?;
    installation.in_browser(ADA, async |_| Ok(()))?;
    assert_eq!(ada.get(&["session", "ls", "--json"])?.lines().count(), 1);
    let change = |lines: &str| {
        run(ada
            .mosaic(&["passwd", "--password-stdin"])
            .write_stdin(lines.to_owned()))
    };
    let wrong = change("not it at all\nanother password altogether\n");
    assert_ne!(wrong.code, 0);
    let short = change(&format!("{PASSWORD}\nshort\n"));
    assert_ne!(short.code, 0);
    let said = change(&format!("{PASSWORD}\nanother password altogether\n"));
    assert_eq!(said.code, 0, "{}", said.talk);
    assert_eq!(ada.get(&["session", "ls"])?, "");
    assert_eq!(ada.log_in(ADA).code, 4);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_typed_unseen_and_the_terminal_keeps_its_echo() -> anyhow::Result<()> {
    const SOON: Duration = Duration::from_secs(20);

    let installation = tokio::task::spawn_blocking(Installation::start).await??;
    let person = installation.person()?;
    let home = person.home();
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("mosaic"));
    command
        .args(["login", "--url", &installation.url])
        .env_clear()
        .env("HOME", &home)
        .env("MOSAIC_LOCAL__DATA_DIR", &home)
        .env("LANG", "C.UTF-8")
        .current_dir(&home);
    let mut terminal = Terminal::spawn(command, 24, 100)?;
    terminal.wait_for("Email:", SOON).await?;
    terminal.type_text(ADA)?;
    terminal.type_text(ENTER)?;
    terminal.wait_for("Password:", SOON).await?;
    terminal.type_text(PASSWORD)?;
    terminal.type_text(ENTER)?;
    terminal.wait_for("signed in to", SOON).await?;
    assert!(
        !terminal.screen().contains(PASSWORD),
        "{}",
        terminal.screen()
    );
    // A runtime within a runtime is let go of elsewhere.
    tokio::task::spawn_blocking(move || drop(installation)).await?;
    Ok(())
}
