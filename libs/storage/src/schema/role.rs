//! The role as which services connect: it owns nothing, so row security binds it (`docs/guides/postgres-roles.md`).

use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;

use crate::{Error, Purpose, Storage};

/// The role of a connection, and why row security might not bind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseRole {
    /// Its name.
    pub name: String,
    /// It may do anything, by itself or as a role that it can act as.
    pub superuser: bool,
    /// Row security does not bind it, or a role that it can act as.
    pub bypasses: bool,
    /// Tables are its own, or of a role that it can act as: it could switch row security off.
    pub owner: bool,
}

impl DatabaseRole {
    /// Why the second wall does not stand; `None` if it does.
    #[must_use]
    pub fn unbound(&self) -> Option<String> {
        let Self {
            name,
            superuser,
            bypasses,
            owner,
        } = self;
        let why = match (superuser, bypasses, owner) {
            (true, _, _) => "is a superuser, or can act as one",
            (_, true, _) => "has BYPASSRLS, or can act as who has it",
            (_, _, true) => "owns tables",
            _ => return None,
        };
        Some(format!(
            "the role {name} {why}, so row security does not bind it"
        ))
    }
}

/// What became of the role of services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provided {
    /// It has what it needs.
    Granted,
    /// It was made, and has what it needs.
    Made,
    /// It owns the schema itself.
    Owner,
}

impl Storage {
    /// As whom this connects.
    pub async fn role(&self) -> Result<DatabaseRole, Error> {
        let mut tx = self.system(Purpose::Schema).read().await?;
        let row = sqlx::query!(
            r#"SELECT r.rolname::text AS "name!",
                      EXISTS (SELECT FROM pg_roles g
                              WHERE g.rolsuper AND pg_has_role(r.oid, g.oid, 'MEMBER')) AS "superuser!",
                      EXISTS (SELECT FROM pg_roles g
                              WHERE g.rolbypassrls AND pg_has_role(r.oid, g.oid, 'MEMBER')) AS "bypasses!",
                      EXISTS (SELECT
                              FROM pg_class c
                              WHERE c.relnamespace = current_schema()::regnamespace
                                AND c.relkind IN ('r', 'p')
                                AND pg_has_role(r.oid, c.relowner, 'MEMBER')) AS "owner!"
               FROM pg_roles r
               WHERE r.rolname = current_user"#
        )
        .fetch_one(&mut *tx)
        .await?;
        Ok(DatabaseRole {
            name: row.name,
            superuser: row.superuser,
            bypasses: row.bypasses,
            owner: row.owner,
        })
    }

    /// Gives the role of this address what services need, and makes it if there is none; asked of the owner of the schema.
    pub async fn provide_role(&self, services: &SecretString) -> Result<Provided, Error> {
        let options: PgConnectOptions = services.expose_secret().parse()?;
        let name = options.get_username().to_owned();
        let mut tx = self.system(Purpose::Migrate).await?;
        let found = sqlx::query!(
            r#"SELECT current_user::text = $1 AS "own!",
                      EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS "there!""#,
            name,
        )
        .fetch_one(&mut *tx)
        .await?;
        if found.own {
            return Ok(Provided::Owner);
        }
        // Those who migrate at once would change the same rights at once.
        sqlx::query!(
            r#"SELECT pg_advisory_xact_lock(hashtextextended('mosaic role', 0)) AS "locked: ()""#
        )
        .execute(&mut *tx)
        .await?;
        if !found.there {
            let password = password(&options);
            sqlx::query!(
                r#"SELECT mosaic_make_role($1, $2) AS "made: ()""#,
                name,
                password
            )
            .execute(&mut *tx)
            .await?;
        }
        sqlx::query!(r#"SELECT mosaic_grant($1) AS "granted: ()""#, name)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(if found.there {
            Provided::Granted
        } else {
            Provided::Made
        })
    }
}

fn password(options: &PgConnectOptions) -> Option<String> {
    let url = options.to_url_lossy();
    let encoded = url.password()?;
    Some(percent_decode_str(encoded).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_taken_from_an_address_as_it_was_meant() {
        let options: PgConnectOptions = "postgres://a:p%40ss%2Fw%25d@h/d".parse().unwrap();
        assert_eq!(password(&options).unwrap(), "p@ss/w%d");
    }

    #[test]
    fn a_role_that_row_security_does_not_bind_is_told_so() {
        let bound = DatabaseRole {
            name: "services".to_owned(),
            superuser: false,
            bypasses: false,
            owner: false,
        };
        assert_eq!(bound.unbound(), None);
        for (role, why) in [
            (
                DatabaseRole {
                    superuser: true,
                    ..bound.clone()
                },
                "is a superuser",
            ),
            (
                DatabaseRole {
                    bypasses: true,
                    ..bound.clone()
                },
                "has BYPASSRLS",
            ),
            (
                DatabaseRole {
                    owner: true,
                    ..bound.clone()
                },
                "owns tables",
            ),
        ] {
            let told = role.unbound().unwrap();
            assert!(told.contains(why), "{told}");
        }
    }
}
