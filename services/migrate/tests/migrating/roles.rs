use mosaic_config::{ExposeSecret as _, SecretString};
use mosaic_testkit::TestDatabase;
use mosaic_testkit::database::number;

use super::program::{Said, command};

#[tokio::test]
async fn up_makes_the_role_of_services_once_and_row_security_binds_it() {
    let database = TestDatabase::create().await.unwrap();
    let role = format!("{}_services", database.name());
    let owner = database.owner_url().expose_secret();
    let mut services = url::Url::parse(owner).unwrap();
    services.set_username(&role).unwrap();
    services.set_password(Some("p@ss/word")).unwrap();
    let up = || -> Said {
        let mut command = command(services.as_str(), &["up"]);
        command.env("MOSAIC_POSTGRES__OWNER_URL", owner);
        command.output().unwrap().into()
    };
    let said = up();
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.talk.contains("was made"), "{said:?}");
    let again = up();
    assert_eq!(again.code, 0, "{again:?}");
    assert!(again.talk.contains("has what services need"), "{again:?}");

    let may = format!(
        "SELECT (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)::int::bigint
         FROM pg_roles WHERE rolname = '{role}'"
    );
    assert_eq!(database.number(&may).await.unwrap(), 0);
    let services = SecretString::from(services.as_str());
    let seen = "SELECT count(*) FROM users";
    assert_eq!(number(&services, seen).await.unwrap(), 0);
    let told = number(&services, "DELETE FROM audit_log RETURNING id").await;
    let told = format!("{:?}", told.unwrap_err());
    assert!(told.contains("permission denied"), "{told}");
    let gone = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    database.execute(&gone).await.unwrap();
}

#[tokio::test]
async fn up_says_that_a_single_role_is_not_bound() {
    let database = TestDatabase::create().await.unwrap();
    let owner = database.owner_url().expose_secret();
    let said: Said = command(owner, &["up"]).output().unwrap().into();
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.talk.contains("set postgres.owner_url"), "{said:?}");
}
