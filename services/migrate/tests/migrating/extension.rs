use mosaic_config::ExposeSecret as _;
use mosaic_testkit::TestDatabase;

use super::program::{Said, command, run};

/// Runs `up` as somebody who is not the superuser that tests are.
fn up_as(database: &TestDatabase, user: &str) -> Said {
    let mut address = url::Url::parse(database.url().expose_secret()).unwrap();
    address.set_username(user).unwrap();
    address.set_password(Some("s3cret")).unwrap();
    command(address.as_str(), &["up"]).output().unwrap().into()
}

#[tokio::test]
async fn whoever_may_not_create_what_migrations_need_is_told_what_to_run_and_nothing_is_changed() {
    let database = TestDatabase::create().await.unwrap();
    let name = database.name();
    let user = format!("{name}_user");
    let role = format!("CREATE ROLE {user} LOGIN PASSWORD 's3cret'");
    database.execute(&role).await.unwrap();

    let said = up_as(&database, &user);
    assert_eq!(said.code, 69, "{said:?}");
    let remedy = format!("in the database {name}: CREATE EXTENSION vector");
    assert!(said.talk.contains(&remedy), "{said:?}");
    database.execute("CREATE EXTENSION vector").await.unwrap();

    let said = up_as(&database, &user);
    assert_eq!(said.code, 69, "{said:?}");
    let remedy = format!("GRANT CREATE ON SCHEMA public TO \"{user}\"");
    assert!(said.talk.contains(&remedy), "{said:?}");
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(database.number(tables).await.unwrap(), 0);
    database.execute(&remedy).await.unwrap();

    let said = up_as(&database, &user);
    assert_eq!(said.code, 0, "{said:?}");
    let gone = format!("DROP OWNED BY {user}; DROP ROLE {user}");
    database.execute(&gone).await.unwrap();
}

#[tokio::test]
async fn a_pgvector_before_0_8_is_refused_with_what_to_run() {
    let database = TestDatabase::create().await.unwrap();
    let old = "CREATE EXTENSION vector; UPDATE pg_extension SET extversion = '0.7.4' WHERE extname = 'vector'";
    database.execute(old).await.unwrap();
    let said = run(&database, &["up"]);
    assert_eq!((said.code, said.out.as_str()), (69, ""), "{said:?}");
    assert!(said.talk.contains("pgvector 0.7.4"), "{said:?}");
    assert!(
        said.talk.contains("ALTER EXTENSION vector UPDATE"),
        "{said:?}"
    );
}
