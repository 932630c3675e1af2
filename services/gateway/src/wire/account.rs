//! The own account on the wire: who somebody is, how they sign in, their sessions and tokens.

mod session;
mod token;

use mosaic_domain::WorkspaceId;
use mosaic_error::{ErrorCode, FieldError};
use mosaic_identity::{
    Action, Caller, Credential, EmailAddress, LONGEST_PASSWORD, PasswordRules, ShownOnce,
    SignInMethod, may,
};
use mosaic_storage::Profile;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::check::Check;
use crate::error::{ApiError, ApiResult};
use crate::sign_in::PasswordLogin;

pub(crate) use session::{SessionBody, SessionList, SignOutQuery, SignedOutBody, browser};
pub(crate) use token::{MadeTokenBody, NewTokenBody, TokenBody, TokenList};

/// The longest name.
const NAME_CHARS: usize = 100;

/// Who the caller is, and what they may do.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MeBody {
    /// The person.
    pub user_id: Uuid,
    /// Their name.
    pub name: String,
    /// Where they are written to.
    pub email: Option<String>,
    /// Whether somebody vouches for that being theirs.
    pub email_verified: bool,
    /// Their workspace, as far as this credential goes.
    pub workspace_id: Uuid,
    /// What it is called.
    pub workspace: String,
    /// Their role there: `owner`, `admin`, `member` or `guest`.
    #[schema(value_type = String)]
    pub role: &'static str,
    /// Whether it is the workspace from which the installation is run.
    pub home: bool,
    /// What they came with: `token` or `session`.
    #[schema(value_type = String)]
    pub credential: &'static str,
    /// How the session was begun: `token`, `password`, `oidc` or `break_glass`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub method: Option<&'static str>,
    /// What the token is good for, where it is one or the session was begun with one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    pub scopes: Option<Vec<&'static str>>,
    /// What they may do here.
    #[schema(value_type = Vec<String>)]
    pub may: Vec<&'static str>,
    /// Whether they have a password.
    pub has_password: bool,
}

impl MeBody {
    /// What a caller is told of themselves.
    pub(crate) fn new(caller: &Caller, profile: Profile) -> Self {
        let Profile {
            email,
            email_verified,
            workspace,
            has_password,
        } = profile;
        let scopes = caller.credential.scopes().names();
        let (method, scopes) = match caller.credential {
            Credential::Token { .. } => (None, Some(scopes)),
            Credential::Session { method, .. } => {
                let narrow = method == SignInMethod::Token;
                (Some(method.as_str()), narrow.then_some(scopes))
            }
        };
        let allowed = Action::ALL.into_iter();
        let allowed = allowed.filter(|action| may(caller, *action));
        Self {
            user_id: caller.scope.user_id.uuid(),
            name: caller.name.to_string(),
            email,
            email_verified,
            workspace_id: caller.scope.workspace_id.uuid(),
            workspace,
            role: caller.role.as_str(),
            home: caller.home,
            credential: caller.credential.kind(),
            method,
            scopes,
            may: allowed.map(Action::as_str).collect(),
            has_password,
        }
    }
}

/// How people sign in here.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LoginBody {
    /// The installation waits for its first admin.
    pub needs_setup: bool,
    /// Who may make an account for themselves: `closed` nobody, `invited` whoever was invited, `open` everybody.
    #[schema(value_type = String)]
    pub registration: &'static str,
    /// Whether email and password are a way to sign in.
    pub password: bool,
    /// Whether they are one for owners and admins of the home workspace although they are none for others: for the day on which
    /// the identity provider is down.
    pub break_glass: bool,
    /// Identity providers.
    pub providers: Vec<LoginProviderBody>,
}

/// An identity provider at which people sign in.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LoginProviderBody {
    /// Its name in the configuration: `GET /api/auth/oidc/{name}/start` leads there.
    pub name: String,
    /// What people know it by.
    pub label: String,
}

/// Who signs in: with a token, or with email and password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct SignInBody {
    /// A personal API token, `mos_…`.
    #[schema(value_type = Option<String>, format = Password)]
    token: Option<SecretString>,
    /// The email address of an account.
    email: Option<String>,
    /// Its password.
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<SecretString>,
    /// The workspace to begin in, with a password; else where they were last.
    workspace_id: Option<Uuid>,
}

/// How somebody signs in.
pub(crate) enum SignInWay {
    /// With a token.
    Token(SecretString),
    /// With email and password.
    Password(PasswordLogin),
}

impl SignInBody {
    /// The one way that is meant.
    pub(crate) fn into_way(self) -> ApiResult<SignInWay> {
        let Self {
            token,
            email,
            password,
            workspace_id,
        } = self;
        let (email, password) = match (token, email, password, workspace_id) {
            (Some(token), None, None, None) => return Ok(SignInWay::Token(token)),
            (None, Some(email), Some(password), _) => (email, password),
            (None, Some(_), None, _) => return Err(misfit("password", "is missing")),
            (None, None, Some(_), _) => return Err(misfit("email", "is missing")),
            (None, None, None, _) => return Err(misfit("token", "is missing")),
            (Some(_), ..) => return Err(misfit("token", "stands alone: leave the rest out")),
        };
        let mut check = Check::default();
        let email = check.email("email", &email);
        if password.expose_secret().len() > LONGEST_PASSWORD {
            check.fault(
                "password",
                format!("is longer than {LONGEST_PASSWORD} bytes"),
            );
        }
        let email = check.given(email)?;
        Ok(SignInWay::Password(PasswordLogin {
            email,
            password,
            workspace: workspace_id.map(WorkspaceId::new),
        }))
    }
}

fn misfit(field: &str, problem: &str) -> ApiError {
    ApiError::fields(
        ErrorCode::InvalidArgument,
        vec![FieldError::new(field, problem)],
    )
}

/// Somebody who makes an account for themselves.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct RegisterBody {
    /// What they are called.
    name: String,
    /// Where they are written to; they sign in with it.
    email: String,
    /// Their password.
    #[schema(value_type = String, format = Password)]
    password: SecretString,
}

/// Somebody with a name, an address and a password that will do.
#[derive(Debug)]
pub(crate) struct Newcomer {
    /// What they are called.
    pub name: String,
    /// Where they are written to.
    pub email: EmailAddress,
    /// Their password.
    pub password: SecretString,
}

impl RegisterBody {
    /// Checks everything at once.
    pub(crate) fn into_newcomer(self, rules: PasswordRules) -> ApiResult<Newcomer> {
        let mut check = Check::default();
        let name = check.name("name", &self.name);
        let email = check.email("email", &self.email);
        check.password("password", rules, &self.password, &name, email.as_ref());
        let email = check.given(email)?;
        Ok(Newcomer {
            name,
            email,
            password: self.password,
        })
    }
}

/// The first admin.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct SetUpBody {
    /// What they are called.
    name: String,
    /// Where they are written to; they sign in with it.
    email: String,
    /// Their password.
    #[schema(value_type = String, format = Password)]
    password: SecretString,
    /// What the first workspace is called; `home` if nothing is said.
    workspace: Option<String>,
    /// `auth.setup_code`, from another machine.
    #[schema(value_type = Option<String>, format = Password)]
    pub code: Option<SecretString>,
}

impl SetUpBody {
    /// The admin, and what their workspace is called.
    pub(crate) fn into_admin(self, rules: PasswordRules) -> ApiResult<(Newcomer, String)> {
        let Self {
            name,
            email,
            password,
            workspace,
            code: _,
        } = self;
        let mut check = Check::default();
        let workspace = check.name("workspace", workspace.as_deref().unwrap_or("home"));
        let admin = RegisterBody {
            name,
            email,
            password,
        };
        let admin = admin.into_newcomer(rules);
        check.done()?;
        Ok((admin?, workspace))
    }
}

/// The first admin as they are now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SetUpDoneBody {
    /// Who they are.
    pub me: MeBody,
    /// An API token of theirs. It is shown once.
    #[schema(value_type = String)]
    pub token: ShownOnce,
}

/// What somebody wants to be called.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct MeChangeBody {
    name: String,
}

impl MeChangeBody {
    /// The name as it is kept.
    pub(crate) fn into_name(self) -> ApiResult<String> {
        let mut check = Check::default();
        let name = check.name("name", &self.name);
        check.done()?;
        Ok(name)
    }
}

/// Another password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct PasswordChangeBody {
    /// The present one, if there is one.
    #[schema(value_type = Option<String>, format = Password)]
    pub current: Option<SecretString>,
    /// The new one.
    #[schema(value_type = String, format = Password)]
    pub new: SecretString,
    /// The address to sign in with, of an account that has none yet.
    pub email: Option<String>,
}

/// A password for whoever was given a link.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct PasswordByLinkBody {
    /// What stands behind `#` in the link.
    #[schema(value_type = String, format = Password)]
    pub secret: SecretString,
    /// The new password.
    #[schema(value_type = String, format = Password)]
    pub password: SecretString,
}

/// Where a session goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct SwitchBody {
    /// One of the caller's workspaces.
    pub workspace_id: Uuid,
}

/// Refuses a password that will not do for somebody.
pub(crate) fn new_password(
    field: &str,
    rules: PasswordRules,
    password: &SecretString,
    name: &str,
    email: Option<&EmailAddress>,
) -> ApiResult<()> {
    let mut check = Check::default();
    check.password(field, rules, password, name, email);
    check.done()
}

impl Check {
    /// A name as it is kept: without spaces around it.
    pub(crate) fn name(&mut self, field: &str, text: &str) -> String {
        self.text(field, text, NAME_CHARS);
        if text.chars().any(char::is_control) {
            self.fault(field, "contains control characters");
        }
        text.trim().to_owned()
    }

    /// An email address.
    pub(crate) fn email(&mut self, field: &str, text: &str) -> Option<EmailAddress> {
        let email = EmailAddress::parse(text);
        if let Err(error) = &email {
            self.fault(field, error.to_string());
        }
        email.ok()
    }

    /// A new password of somebody.
    pub(crate) fn password(
        &mut self,
        field: &str,
        rules: PasswordRules,
        password: &SecretString,
        name: &str,
        email: Option<&EmailAddress>,
    ) {
        if let Err(weak) = rules.check(password.expose_secret(), name, email) {
            self.fault(field, weak.to_string());
        }
    }

    /// What was given, if nothing was wrong with anything.
    pub(crate) fn given<T>(self, value: Option<T>) -> ApiResult<T> {
        self.done()?;
        // What is not there was noted as a fault.
        value.ok_or_else(|| ApiError::unprocessable(Vec::new()))
    }
}

#[cfg(test)]
mod tests;
