use mosaic_config::ExposeSecret as _;
use mosaic_identity::ApiToken;
use mosaic_testkit::TestDatabase;

use super::program::{Said, command, run, start};

const ADMINS: &str = "SELECT count(*) FROM memberships WHERE role = 'owner'";
const TOKENS: &str = "SELECT count(*) FROM api_tokens";

async fn migrated() -> TestDatabase {
    let database = TestDatabase::create().await.unwrap();
    assert_eq!(run(&database, &["up"]).code, 0);
    database
}

/// The token as the only thing on standard output, and its hash in the record.
async fn assert_token(database: &TestDatabase, said: &Said) {
    assert_eq!(said.code, 0, "{said:?}");
    let token = said.out.strip_suffix('\n').unwrap();
    assert!(ApiToken::parse(token).is_ok(), "{token}");
    assert!(!said.talk.contains(token), "the token is printed once");
    let stored =
        format!("SELECT count(*) FROM api_tokens WHERE token_hash = sha256('{token}'::bytea)");
    assert_eq!(database.number(&stored).await.unwrap(), 1);
}

#[tokio::test]
async fn the_first_admin_is_created_once_and_the_token_printed_alone_on_standard_output() {
    let database = migrated().await;
    let first = run(
        &database,
        &["bootstrap", "--name", "Ada", "--workspace", "Engines"],
    );
    assert_token(&database, &first).await;
    let named = "SELECT count(*) FROM users, workspaces
                 WHERE users.name = 'Ada' AND workspaces.name = 'Engines'";
    assert_eq!(database.number(named).await.unwrap(), 1);

    let second = run(&database, &["bootstrap"]);
    assert_eq!((second.code, second.out.as_str()), (4, ""), "{second:?}");
    assert!(second.talk.contains("mosaic-migrate token"), "{second:?}");
    assert_eq!(database.number(ADMINS).await.unwrap(), 1);
}

#[tokio::test]
async fn the_first_admin_may_get_a_password_that_will_do() {
    let database = migrated().await;
    let arguments = ["bootstrap", "--name", "Ada", "--email", "ada@example.org"];
    let with_password = |password: &str| {
        let mut command = command(database.url().expose_secret(), &arguments);
        command.env("MOSAIC_BOOTSTRAP_PASSWORD", password);
        Said::from(command.output().unwrap())
    };
    let weak = with_password("password1234");
    assert_eq!((weak.code, weak.out.as_str()), (1, ""), "{weak:?}");
    assert!(weak.talk.contains("tried first"), "{weak:?}");
    assert!(!weak.talk.contains("password1234"), "{weak:?}");
    assert_eq!(database.number(ADMINS).await.unwrap(), 0);

    let said = with_password("nine horses under a green moon");
    assert_token(&database, &said).await;
    let stored = "SELECT password_hash FROM users WHERE email = 'ada@example.org' AND email_verified_at IS NOT NULL";
    let stored = database.text(stored).await.unwrap();
    assert!(stored.starts_with("$argon2id$"), "{stored}");
    let alone = run(&database, &["bootstrap", "--password-stdin"]);
    assert_eq!(alone.code, 2, "{alone:?}");
}

#[tokio::test]
async fn of_two_first_admins_at_once_one_is_refused() {
    let database = migrated().await;
    let children = [(); 2].map(|()| start(&database, &["bootstrap"]));
    let mut codes: Vec<_> = children
        .into_iter()
        .map(|child| child.wait_with_output().unwrap().status.code().unwrap())
        .collect();
    codes.sort_unstable();
    assert_eq!(codes, [0, 4]);
    assert_eq!(database.number(ADMINS).await.unwrap(), 1);
}

#[tokio::test]
async fn whoever_has_host_access_gets_another_token_for_the_admin() {
    let database = migrated().await;
    let none = run(&database, &["token"]);
    assert_eq!(none.code, 4, "{none:?}");
    assert!(none.talk.contains("mosaic-migrate bootstrap"), "{none:?}");

    run(&database, &["bootstrap"]);
    let recovered = run(&database, &["token"]);
    assert_token(&database, &recovered).await;
    assert_eq!(database.number(TOKENS).await.unwrap(), 2);
    let noted = "SELECT count(*) FROM audit_log
                 WHERE action = 'token.create' AND actor_id IS NULL AND reason = 'recovered on the host'";
    assert_eq!(database.number(noted).await.unwrap(), 1);
}

#[tokio::test]
async fn an_admin_needs_a_schema_first() {
    let database = TestDatabase::create().await.unwrap();
    let said = run(&database, &["bootstrap"]);
    assert_eq!((said.code, said.out.as_str()), (3, ""), "{said:?}");
    assert!(said.talk.contains("mosaic-migrate up"), "{said:?}");
}

#[tokio::test]
async fn a_name_that_says_nothing_is_a_wrong_command_line() {
    let database = TestDatabase::create().await.unwrap();
    let said = run(&database, &["bootstrap", "--name", "  "]);
    assert_eq!(said.code, 2, "{said:?}");
}
