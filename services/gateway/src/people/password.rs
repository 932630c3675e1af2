//! Passwords that are given to accounts, and links with which people set their own.

use std::net::IpAddr;
use std::time::Duration;

use mosaic_domain::UserId;
use mosaic_error::{ErrorCode, FieldError, Problem};
use mosaic_identity::{EmailAddress, LinkSecret};
use mosaic_runtime::clock;
use mosaic_storage::NewPasswordLink;
use secrecy::{ExposeSecret as _, SecretString};

use crate::command::Commander;
use crate::error::{ApiError, ApiResult};
use crate::state::Gateway;
use crate::wire::PasswordLinkBody;

/// How long a link counts with which somebody sets a password.
const LIFETIME: Duration = Duration::from_hours(24);

impl Gateway {
    /// The hash of a new password of a person, by name and address, if it is one that is taken. Somebody at this `peer` gives it.
    pub(crate) async fn new_password(
        &self,
        peer: IpAddr,
        password: SecretString,
        (name, email): (&str, Option<&str>),
    ) -> ApiResult<String> {
        let email = email.and_then(|email| EmailAddress::parse(email).ok());
        let rules = self.password_rules();
        if let Err(weak) = rules.check(password.expose_secret(), name, email.as_ref()) {
            let error = FieldError::new("password", weak.to_string());
            return Err(ApiError::unprocessable(vec![error]));
        }
        Ok(self.passwords.hash(peer, password).await?)
    }

    /// A link with which somebody sets a password, in the place of the one before; `None` if they could not sign in with it.
    pub(crate) async fn password_link(
        &self,
        who: &Commander,
        user_id: UserId,
        origin: &str,
    ) -> ApiResult<Option<PasswordLinkBody>> {
        if !self.auth.password {
            return Err(no_passwords());
        }
        let secret = LinkSecret::generate();
        let new = NewPasswordLink {
            id: clock::id(),
            user_id,
            secret_hash: secret.hash(),
            lifetime: LIFETIME,
        };
        let until = self.storage.create_password_link(&new, who.actor()).await?;
        Ok(until.map(|expires_at| PasswordLinkBody {
            link: format!("{origin}/password#{}", secret.expose()),
            expires_at,
        }))
    }
}

/// Said where nobody signs in with a password.
pub(super) fn no_passwords() -> ApiError {
    let detail = "Passwords are no way to sign in here.";
    Problem::new(ErrorCode::PermissionDenied, detail)
        .with_remedy("Sign in at the identity provider first, and open the link again.")
        .into()
}
