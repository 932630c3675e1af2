//! Whose account somebody gets who proved to be somebody at a provider: one transaction, so that two first sign-ins at once make
//! one account, and a role never lasts longer than the groups it came from.

use std::net::IpAddr;

use mosaic_domain::{OidcIdentityId, Scope, UserId, WorkspaceId};
use sqlx::PgConnection;

use super::account::{self, Found};
use super::login::Linker;
use crate::credential::{self, Force};
use crate::standing::{lock_workspace, note, withdraw_invitations};
use crate::{Actor, AuditOutcome, Error, MadeWith, Purpose, Storage};

/// Who somebody is at a provider, as the provider says.
#[derive(Debug, Clone)]
pub struct OidcPerson<'a> {
    /// The provider's name in the settings.
    pub provider: &'a str,
    /// Its issuer.
    pub issuer: &'a str,
    /// Who they are there, for ever.
    pub subject: &'a str,
    /// Their address, to be shown beside the identity.
    pub email: Option<&'a str>,
    /// The same where the provider has made sure that it is theirs: only this one finds or names an account.
    pub verified_email: Option<&'a str>,
    /// What a new account is called.
    pub name: &'a str,
    /// From where they come.
    pub address: Option<IpAddr>,
    /// Who links it to their account; none who signs in.
    pub linking: Option<Linker>,
    /// Id of the identity if it is new.
    pub new_identity: OidcIdentityId,
    /// Id of the account if it is new.
    pub new_user: UserId,
}

/// Whom a provider lets in.
#[derive(Debug, Clone, Copy)]
pub struct OidcRules {
    /// Whoever has no account gets one.
    pub allow_signup: bool,
    /// Whoever has an account with the same verified address gets into that.
    pub link_by_email: bool,
}

/// What becomes of the role of somebody in the home workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleVerdict {
    /// It stays.
    Keep,
    /// It is this one from now on.
    Set(&'static str),
    /// They are not let in.
    Refuse,
}

/// Somebody who is let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcSignedIn {
    /// Who, and where they work.
    pub scope: Scope,
    /// Which identity let them in.
    pub identity: OidcIdentityId,
    /// What they are called.
    pub name: String,
    /// Whether the account is new.
    pub created: bool,
}

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OidcRefusal {
    /// They have no account, and the provider makes none.
    NoAccount,
    /// There is an account with their address that is not known to be theirs.
    AccountExists,
    /// Their account is deactivated or banned.
    Disabled,
    /// None of their groups lets them in, or they belong to no workspace.
    NoAccess,
    /// The identity belongs to another account.
    Taken,
    /// The installation has no admin yet.
    NotSetUp,
    /// Whoever links it has signed out meanwhile.
    SignedOut,
}

/// What became of a sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OidcSignIn {
    /// They are in.
    Done(OidcSignedIn),
    /// They are not.
    Refused(OidcRefusal),
}

impl Storage {
    /// Finds, links or makes the account of somebody, gives them the role that `role` says for the one they have, and keeps what
    /// `seal` seals for their identity.
    pub async fn sign_in_by_oidc(
        &self,
        person: &OidcPerson<'_>,
        rules: OidcRules,
        role: impl Fn(Option<&str>) -> RoleVerdict + Send + Sync,
        seal: impl Fn(OidcIdentityId) -> Option<Vec<u8>> + Send + Sync,
    ) -> Result<OidcSignIn, Error> {
        let Some(home) = self.home_workspace().await? else {
            return Ok(OidcSignIn::Refused(OidcRefusal::NotSetUp));
        };
        let mut tx = self.system(Purpose::Credentials).await?;
        let done = sign_in(&mut tx, person, rules, home, &role, &seal).await?;
        match &done {
            Ok(_) => tx.commit().await?,
            Err(refusal) => {
                tx.rollback().await?;
                self.audit_refusal(person, home, *refusal).await?;
            }
        }
        Ok(done.map_or_else(OidcSignIn::Refused, OidcSignIn::Done))
    }

    async fn audit_refusal(
        &self,
        person: &OidcPerson<'_>,
        home: WorkspaceId,
        refusal: OidcRefusal,
    ) -> Result<(), Error> {
        let mut tx = self.system(Purpose::Credentials).await?;
        let by = Actor {
            workspace_id: home,
            user_id: person.linking.map(|linker| linker.user_id),
            name: person.name.to_owned(),
            address: person.address,
        };
        let (action, reason) = match person.linking {
            Some(_) => ("oidc.link", refusal.describe()),
            None => ("session.refused", refusal.describe()),
        };
        let target = ("provider", person.provider.to_owned());
        let outcome = AuditOutcome::Refused;
        note(&mut tx, &by, action, target, Some(reason), outcome).await?;
        tx.commit().await
    }
}

impl OidcRefusal {
    /// For the audit log.
    const fn describe(self) -> &'static str {
        match self {
            Self::NoAccount => "there is no account",
            Self::AccountExists => "the account with this address is not known to be theirs",
            Self::Disabled => "the account is deactivated",
            Self::NoAccess => "no group or workspace lets them in",
            Self::Taken => "the identity belongs to another account",
            Self::NotSetUp => "the installation is not set up",
            Self::SignedOut => "the session has ended",
        }
    }
}

type Outcome = Result<OidcSignedIn, OidcRefusal>;

async fn sign_in(
    tx: &mut PgConnection,
    person: &OidcPerson<'_>,
    rules: OidcRules,
    home: WorkspaceId,
    role: &(impl Fn(Option<&str>) -> RoleVerdict + Send + Sync),
    seal: &(impl Fn(OidcIdentityId) -> Option<Vec<u8>> + Send + Sync),
) -> Result<Outcome, Error> {
    // Workspace before person, as everybody does who changes who belongs where.
    lock_workspace(tx, home).await?;
    account::lock(tx, person).await?;
    if let Some(linker) = person.linking {
        let with = MadeWith::Session(linker.session_id);
        if credential::force(tx, linker.user_id, with).await? == Force::Gone {
            return Ok(Err(OidcRefusal::SignedOut));
        }
    }
    let found = match account::find(tx, person, rules).await? {
        Ok(found) => found,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let actor = Actor {
        workspace_id: home,
        user_id: Some(found.user_id),
        name: found.name.clone(),
        address: person.address,
    };
    let held = role_in(tx, home, found.user_id).await?;
    if found.is_new || held.is_some() {
        match role(held.as_deref()) {
            RoleVerdict::Keep => {}
            RoleVerdict::Refuse => return Ok(Err(OidcRefusal::NoAccess)),
            RoleVerdict::Set(wanted) => set_role(tx, &actor, held.as_deref(), wanted).await?,
        }
    }
    let Some(workspace_id) = workspace_of(tx, home, found.user_id).await? else {
        return Ok(Err(OidcRefusal::NoAccess));
    };
    let identity = keep_identity(tx, person, &found, seal).await?;
    if found.is_linked {
        let target = ("provider", person.provider.to_owned());
        note(tx, &actor, "oidc.link", target, None, AuditOutcome::Done).await?;
    }
    Ok(Ok(OidcSignedIn {
        scope: Scope {
            workspace_id,
            user_id: found.user_id,
        },
        identity,
        name: found.name,
        created: found.is_new,
    }))
}

async fn role_in(
    tx: &mut PgConnection,
    workspace_id: WorkspaceId,
    user_id: UserId,
) -> Result<Option<String>, Error> {
    let role = sqlx::query_scalar!(
        "SELECT role FROM memberships WHERE workspace_id = $1 AND user_id = $2",
        workspace_id.uuid(),
        user_id.uuid(),
    )
    .fetch_optional(tx)
    .await?;
    Ok(role)
}

/// Gives a role, unless that would take the last owner away.
async fn set_role(
    tx: &mut PgConnection,
    by: &Actor,
    held: Option<&str>,
    wanted: &'static str,
) -> Result<(), Error> {
    let (home, user) = (by.workspace_id, by.user_id.map(UserId::uuid));
    if held == Some("owner") && wanted != "owner" {
        let others = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT
                              FROM memberships m
                              JOIN users u ON u.id = m.user_id AND u.state = 'active'
                              WHERE m.workspace_id = $1
                                AND m.role = 'owner'
                                AND m.user_id <> $2) AS "others!""#,
            home.uuid(),
            user,
        )
        .fetch_one(&mut *tx)
        .await?;
        if !others {
            return Ok(());
        }
    }
    sqlx::query!(
        "INSERT INTO memberships (workspace_id, user_id, role)
         VALUES ($1, $2, $3)
         ON CONFLICT (workspace_id, user_id) DO UPDATE SET role = EXCLUDED.role",
        home.uuid(),
        user,
        wanted,
    )
    .execute(&mut *tx)
    .await?;
    if let (Some(_), Some(user_id)) = (held, by.user_id) {
        let invites_to: &[&str] = match wanted {
            "owner" => &["guest", "member", "admin", "owner"],
            "admin" => &["guest", "member", "admin"],
            _ => &[],
        };
        let invites_to: Vec<String> = invites_to.iter().map(|role| (*role).to_owned()).collect();
        withdraw_invitations(tx, user_id, Some(home), &invites_to).await?;
        let target = ("user", user_id.to_string());
        let reason = format!("{wanted}, by their groups at the provider");
        let reason = Some(reason.as_str());
        note(tx, by, "member.role", target, reason, AuditOutcome::Done).await?;
    }
    Ok(())
}

/// Where somebody works: at home if they belong there, else where they belong longest.
async fn workspace_of(
    tx: &mut PgConnection,
    home: WorkspaceId,
    user_id: UserId,
) -> Result<Option<WorkspaceId>, Error> {
    let found = sqlx::query_scalar!(
        "SELECT workspace_id
         FROM memberships
         WHERE user_id = $1
         ORDER BY workspace_id = $2 DESC, created_at, workspace_id
         LIMIT 1",
        user_id.uuid(),
        home.uuid(),
    )
    .fetch_optional(tx)
    .await?;
    Ok(found.map(WorkspaceId::new))
}

/// Writes the identity down as it is now. A token that the provider gave earlier stays if it gives none now.
async fn keep_identity(
    tx: &mut PgConnection,
    person: &OidcPerson<'_>,
    found: &Found,
    seal: &(impl Fn(OidcIdentityId) -> Option<Vec<u8>> + Send + Sync),
) -> Result<OidcIdentityId, Error> {
    let id = found.identity.unwrap_or(person.new_identity);
    sqlx::query!(
        "INSERT INTO oidc_identities (id, user_id, provider, issuer, subject, email, refresh_token)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (id) DO UPDATE
         SET email = EXCLUDED.email,
             refresh_token = COALESCE(EXCLUDED.refresh_token, oidc_identities.refresh_token),
             refreshed_at = now(),
             last_login_at = now()",
        id.uuid(),
        found.user_id.uuid(),
        person.provider,
        person.issuer,
        person.subject,
        person.email,
        seal(id),
    )
    .execute(tx)
    .await?;
    Ok(id)
}
