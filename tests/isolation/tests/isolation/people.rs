//! People of every kind, in two workspaces.

use mosaic_identity::ApiToken;
use mosaic_testkit::TestDatabase;
use uuid::Uuid;

use crate::fresh::KNOWN;

/// Somebody with a token.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: Uuid,
    pub(crate) workspace: Uuid,
    pub(crate) role: &'static str,
    pub(crate) name: String,
    pub(crate) email: String,
    /// Every right of the person.
    pub(crate) token: String,
    /// The right to read.
    pub(crate) reading: String,
}

/// Everybody that the tests need. The first workspace is the home of the installation.
#[derive(Debug, Clone)]
pub(crate) struct People {
    pub(crate) owner: Person,
    pub(crate) admin: Person,
    pub(crate) member: Person,
    pub(crate) guest: Person,
    pub(crate) holder: Person,
    pub(crate) deactivated: Person,
    pub(crate) stranger: Person,
}

impl People {
    pub(crate) async fn settle(database: &TestDatabase) -> anyhow::Result<Self> {
        let a = workspace(database, &format!("Alpha {KNOWN}")).await?;
        let owner = person(database, a, "owner", "Olga").await?;
        let b = workspace(database, "Beta").await?;
        let people = Self {
            owner,
            admin: person(database, a, "admin", "Adam").await?,
            member: person(database, a, "member", "Mira").await?,
            guest: person(database, a, "guest", "Gus").await?,
            holder: person(database, a, "member", "Hanna").await?,
            deactivated: person(database, a, "member", "Dora").await?,
            stranger: stranger(database, b).await?,
        };
        let gone = format!(
            "UPDATE users SET state = 'deactivated', state_at = now() WHERE id = '{}'",
            people.deactivated.id
        );
        database.execute(&gone).await?;
        Ok(people)
    }
}

/// A workspace that nobody is in.
pub(crate) async fn workspace(database: &TestDatabase, name: &str) -> anyhow::Result<Uuid> {
    let id = Uuid::now_v7();
    let insert = format!("INSERT INTO workspaces (id, name) VALUES ('{id}', '{name}')");
    database.execute(&insert).await?;
    Ok(id)
}

/// Somebody new in workspace A.
pub(crate) async fn person(
    database: &TestDatabase,
    workspace: Uuid,
    role: &'static str,
    name: &str,
) -> anyhow::Result<Person> {
    let id = Uuid::now_v7();
    let name = format!("{name} {KNOWN} {}", id.simple());
    settle(database, (id, workspace), role, name).await
}

/// Somebody new who owns another workspace. Nothing of them is marked.
pub(crate) async fn stranger(database: &TestDatabase, workspace: Uuid) -> anyhow::Result<Person> {
    let id = Uuid::now_v7();
    settle(
        database,
        (id, workspace),
        "owner",
        format!("Stan {}", id.simple()),
    )
    .await
}

async fn settle(
    database: &TestDatabase,
    (id, workspace): (Uuid, Uuid),
    role: &'static str,
    name: String,
) -> anyhow::Result<Person> {
    let (token, reading) = (ApiToken::generate(), ApiToken::generate());
    let email = format!("{id}@example.org");
    let row = |token: &ApiToken, name: &str, scope: &str| {
        let hash = token.hash();
        let digits = hash.as_bytes().iter().map(|byte| format!("{byte:02x}"));
        let hash = digits.collect::<Vec<_>>().concat();
        let token_id = Uuid::now_v7();
        format!(
            "('{token_id}', '{workspace}', '{id}', '{name}', decode('{hash}', 'hex'), '{{{scope}}}')"
        )
    };
    let statements = format!(
        "INSERT INTO users (id, name, email) VALUES ('{id}', '{name}', '{email}');
         INSERT INTO memberships (workspace_id, user_id, role) VALUES ('{workspace}', '{id}', '{role}');
         INSERT INTO api_tokens (id, workspace_id, user_id, name, token_hash, scopes) VALUES {}, {};",
        row(&token, "everything", "admin"),
        row(&reading, "reading", "read"),
    );
    database.execute(&statements).await?;
    Ok(Person {
        id,
        workspace,
        role,
        name,
        email,
        token: token.expose().to_owned(),
        reading: reading.expose().to_owned(),
    })
}
