use mosaic_config::{ExposeSecret as _, SecretString};
use mosaic_identity::{SealedColumn, Sealer};
use mosaic_testkit::TestDatabase;
use uuid::Uuid;

use super::program::{Said, command, run};

const LOGINS: usize = 3;

struct Place {
    database: TestDatabase,
    old: SecretString,
    new: SecretString,
}

impl Place {
    async fn new() -> Self {
        let database = TestDatabase::create().await.unwrap();
        assert_eq!(run(&database, &["up"]).code, 0);
        let place = Self {
            database,
            old: Sealer::generate_key(),
            new: Sealer::generate_key(),
        };
        place.fill().await;
        place
    }

    /// An identity and some logins, sealed with the old key.
    async fn fill(&self) {
        let sealer = Sealer::new(&self.old, &[]).unwrap();
        let (user, id, without) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        let sealed = hex(&sealer.seal(SealedColumn::OidcRefreshToken, id, b"refresh"));
        let statements = format!(
            "INSERT INTO users (id, name) VALUES ('{user}', 'Ada');
             INSERT INTO oidc_identities (id, user_id, provider, issuer, subject, refresh_token)
             VALUES ('{id}', '{user}', 'p', 'i', 's', '{sealed}'), ('{without}', '{user}', 'p', 'i', 't', NULL);"
        );
        self.database.execute(&statements).await.unwrap();
        for _ in 0..LOGINS {
            let row = Uuid::now_v7();
            let sealed = sealer.seal(SealedColumn::OidcLoginSecrets, row, b"verifier");
            self.login(row, &sealed).await;
        }
    }

    async fn login(&self, row: Uuid, sealed: &[u8]) {
        let sealed = hex(sealed);
        let statement = format!(
            "INSERT INTO oidc_logins (id, state_hash, browser_hash, provider, secrets, return_to, expires_at)
             VALUES ('{row}', sha256('{row}'), sha256('b'), 'p', '{sealed}', '/', now());"
        );
        self.database.execute(&statement).await.unwrap();
    }

    fn run(&self, arguments: &[&str], key: &SecretString, previous: &[&SecretString]) -> Said {
        let previous: Vec<_> = previous.iter().map(|key| key.expose_secret()).collect();
        command(self.database.url().expose_secret(), arguments)
            .env("MOSAIC_SECRETS__KEY", key.expose_secret())
            .env("MOSAIC_SECRETS__PREVIOUS_KEYS", previous.join(","))
            .output()
            .unwrap()
            .into()
    }
}

/// As Postgres reads bytes.
fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    format!("\\x{}", digits.collect::<String>())
}

#[tokio::test]
async fn everything_is_sealed_anew_and_the_old_key_can_go() {
    let place = Place::new().await;
    let (old, new) = (&place.old, &place.new);
    let looked = place.run(&["reseal", "--check"], new, &[old]);
    assert_eq!(looked.code, 5, "{looked:?}");
    assert!(looked.out.contains("previous 1"), "{looked:?}");

    let done = place.run(&["reseal"], new, &[old]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.out.contains("resealed 1"), "{done:?}");
    assert!(done.out.contains("resealed 3"), "{done:?}");

    // Again, and without the old key: nothing to do, and everything opens.
    let again = place.run(&["reseal", "--json"], new, &[]);
    assert_eq!(again.code, 0, "{again:?}");
    let report: serde_json::Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(report["done"], true);
    assert_eq!(report["columns"][1]["current"], LOGINS);
    assert_eq!(report["columns"][1]["resealed"], 0);
}

#[tokio::test]
async fn what_does_not_open_is_named_and_the_rest_is_sealed_anew() {
    let place = Place::new().await;
    let lost = Uuid::now_v7();
    let stranger = Sealer::new(&Sealer::generate_key(), &[]).unwrap();
    let sealed = stranger.seal(SealedColumn::OidcLoginSecrets, lost, b"lost");
    place.login(lost, &sealed).await;
    let said = place.run(&["reseal"], &place.new, &[&place.old]);
    assert_eq!(said.code, 5, "{said:?}");
    assert!(said.talk.contains(&lost.to_string()), "{said:?}");
    assert!(said.out.contains("resealed 3"), "{said:?}");
    let kept = "SELECT count(*) FROM oidc_logins WHERE secrets IS NOT NULL";
    assert_eq!(place.database.number(kept).await.unwrap(), 4);
}

#[tokio::test]
async fn two_at_once_seal_everything_once() {
    let place = Place::new().await;
    let arguments = ["reseal", "--json"];
    let (one, two) = std::thread::scope(|scope| {
        let run = || place.run(&arguments, &place.new, &[&place.old]);
        let (one, two) = (scope.spawn(run), scope.spawn(run));
        (one.join().unwrap(), two.join().unwrap())
    });
    let counted = |said: &Said| {
        let report: serde_json::Value = serde_json::from_str(&said.out).unwrap();
        report["columns"][1]["resealed"].as_u64().unwrap()
    };
    assert_eq!((one.code, two.code), (0, 0), "{one:?} {two:?}");
    assert_eq!(counted(&one) + counted(&two), 3);
}

#[tokio::test]
async fn without_a_key_it_says_how_to_make_one() {
    let database = TestDatabase::create().await.unwrap();
    assert_eq!(run(&database, &["up"]).code, 0);
    let said = run(&database, &["reseal"]);
    assert_eq!(said.code, 78, "{said:?}");
    assert!(said.talk.contains("docs/guides/keys.md"), "{said:?}");
}

#[tokio::test]
async fn an_operator_gets_a_token_for_one_service_without_a_database() {
    let secret = "0123456789abcdef0123456789abcdef";
    let said: Said = command(
        "postgres://nobody@127.0.0.1:1/none",
        &["service-token", "gateway"],
    )
    .env("MOSAIC_INTERNAL__TOKEN", secret)
    .output()
    .unwrap()
    .into();
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.starts_with("mst1."), "{said:?}");
    assert!(!said.out.contains(secret) && !said.talk.contains(secret));
    let none: Said = command(
        "postgres://nobody@127.0.0.1:1/none",
        &["service-token", "gateway"],
    )
    .output()
    .unwrap()
    .into();
    assert_eq!(none.code, 78, "{none:?}");
}
