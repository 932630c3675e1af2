//! The first admin of an installation, and tokens for people who have host access.

use mosaic_domain::{Scope, TokenId, UserId, WorkspaceId};

use crate::audit::{self, NewAudit};
use crate::{Actor, AuditOutcome, Error, Purpose, Storage};

/// The first admin to be created.
#[derive(Debug, Clone)]
pub struct NewAdmin {
    /// Their id.
    pub user_id: UserId,
    /// Their name.
    pub name: String,
    /// Id of the workspace they will own.
    pub workspace_id: WorkspaceId,
    /// Its name.
    pub workspace: String,
    /// Id of their first token.
    pub token_id: TokenId,
    /// SHA-256 of their first token.
    pub token_hash: [u8; 32],
}

/// By what the first admin signs in beside their token. Whoever creates them vouches for the address.
#[derive(Debug, Clone)]
pub struct AdminLogin {
    /// Where they are written to.
    pub email: String,
    /// The hash of their password, if they have one.
    pub password_hash: Option<String>,
}

/// The created admin.
#[derive(Debug, Clone, Copy)]
pub struct AdminCreated {
    /// Who they are and where.
    pub scope: Scope,
}

impl Storage {
    /// Whether nobody exists yet, so that the first admin may be created.
    pub async fn needs_setup(&self) -> Result<bool, Error> {
        let mut tx = self.system(Purpose::Setup).read().await?;
        let any = sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM users) AS "any!""#)
            .fetch_one(&mut *tx)
            .await?;
        Ok(!any)
    }

    /// The home of the installation: the first workspace that was made. `None` while there is none.
    pub async fn home_workspace(&self) -> Result<Option<WorkspaceId>, Error> {
        let mut tx = self.system(Purpose::Setup).read().await?;
        let first =
            sqlx::query_scalar!("SELECT id FROM workspaces ORDER BY created_at, id LIMIT 1")
                .fetch_optional(&mut *tx)
                .await?;
        Ok(first.map(WorkspaceId::new))
    }

    /// Creates the first workspace, its owner and a token for them. Two callers at once create one admin. Where a workspace is left of
    /// people who are gone, they own that one: it stays the home of the installation, from which the rest is run.
    pub async fn create_admin(&self, admin: &NewAdmin) -> Result<AdminCreated, Error> {
        self.set_up(admin, None, None).await
    }

    /// The same for an admin who can sign in with an email address, and from where that was done.
    pub async fn set_up(
        &self,
        admin: &NewAdmin,
        login: Option<&AdminLogin>,
        address: Option<std::net::IpAddr>,
    ) -> Result<AdminCreated, Error> {
        let mut tx = self.system(Purpose::Setup).await?;
        sqlx::query!("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE")
            .execute(&mut *tx)
            .await?;
        let any = sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM users) AS "any!""#)
            .fetch_one(&mut *tx)
            .await?;
        if any {
            return Err(Error::AlreadyBootstrapped);
        }
        let left = sqlx::query_scalar!("SELECT id FROM workspaces ORDER BY created_at, id LIMIT 1")
            .fetch_optional(&mut *tx)
            .await?;
        let first = NewAdmin {
            workspace_id: left.map_or(admin.workspace_id, WorkspaceId::new),
            ..admin.clone()
        };
        let scope = insert_member(&mut tx, &first, "owner").await?;
        if let Some(login) = login {
            insert_login(&mut tx, scope.user_id, login).await?;
        }
        let by = Actor {
            workspace_id: scope.workspace_id,
            user_id: Some(scope.user_id),
            name: admin.name.clone(),
            address,
        };
        let entry = NewAudit {
            by: &by,
            action: "installation.setup",
            target: ("user", scope.user_id.to_string()),
            reason: None,
            outcome: AuditOutcome::Done,
        };
        audit::insert(&mut tx, &entry).await?;
        tx.commit().await?;
        Ok(AdminCreated { scope })
    }

    /// Adds a person with a workspace of their own, whether or not others exist.
    pub async fn create_member(&self, member: &NewAdmin) -> Result<AdminCreated, Error> {
        let mut tx = self.system(Purpose::Setup).await?;
        let scope = insert_member(&mut tx, member, "owner").await?;
        tx.commit().await?;
        Ok(AdminCreated { scope })
    }

    /// Gives the oldest owner of the installation another token; for whoever has access to the host.
    pub async fn recover_token(
        &self,
        token_id: TokenId,
        token_hash: &[u8; 32],
    ) -> Result<Option<Scope>, Error> {
        let mut tx = self.system(Purpose::Setup).await?;
        let row = sqlx::query!(
            "INSERT INTO api_tokens (id, workspace_id, user_id, name, token_hash)
             SELECT $1, m.workspace_id, m.user_id, 'recovered on the host', $2
             FROM memberships m
             JOIN workspaces w ON w.id = m.workspace_id
             JOIN users u ON u.id = m.user_id AND u.state = 'active'
             WHERE m.role = 'owner'
             ORDER BY w.created_at, w.id, m.created_at, m.user_id
             LIMIT 1
             RETURNING workspace_id, user_id",
            token_id.uuid(),
            token_hash.as_slice(),
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let scope = Scope {
            workspace_id: WorkspaceId::new(row.workspace_id),
            user_id: UserId::new(row.user_id),
        };
        let by = Actor {
            workspace_id: scope.workspace_id,
            user_id: None,
            name: "somebody on the host".to_owned(),
            address: None,
        };
        let entry = NewAudit {
            by: &by,
            action: "token.create",
            target: ("token", token_id.to_string()),
            reason: Some("recovered on the host"),
            outcome: AuditOutcome::Done,
        };
        audit::insert(&mut tx, &entry).await?;
        tx.commit().await?;
        Ok(Some(scope))
    }
}

async fn insert_login(
    tx: &mut sqlx::PgConnection,
    user_id: UserId,
    login: &AdminLogin,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE users
         SET email = $2,
             email_verified_at = now(),
             password_hash = $3,
             password_set_at = CASE WHEN $3::text IS NOT NULL THEN now() END
         WHERE id = $1",
        user_id.uuid(),
        login.email,
        login.password_hash,
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn insert_member(
    tx: &mut sqlx::PgConnection,
    admin: &NewAdmin,
    role: &str,
) -> Result<Scope, Error> {
    let scope = Scope {
        workspace_id: admin.workspace_id,
        user_id: admin.user_id,
    };
    let (workspace, user) = (scope.workspace_id.uuid(), scope.user_id.uuid());
    sqlx::query!(
        "INSERT INTO workspaces (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name",
        workspace,
        admin.workspace
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "INSERT INTO users (id, name) VALUES ($1, $2)",
        user,
        admin.name
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "INSERT INTO memberships (workspace_id, user_id, role) VALUES ($1, $2, $3)",
        workspace,
        user,
        role,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "INSERT INTO api_tokens (id, workspace_id, user_id, name, token_hash)
         VALUES ($1, $2, $3, 'first token', $4)",
        admin.token_id.uuid(),
        workspace,
        user,
        admin.token_hash.as_slice(),
    )
    .execute(&mut *tx)
    .await?;
    Ok(scope)
}
