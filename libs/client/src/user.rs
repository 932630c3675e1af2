//! The calls about all people of an installation, for those who look after it.

use mosaic_domain::UserId;
use reqwest::Method;
use serde_json::json;
use url::Url;

use crate::{Client, MadeUser, NewUser, Page, PasswordLink, Result, User, UserQuery};

impl Client {
    /// One page of people.
    pub async fn users(&self, query: &UserQuery) -> Result<Page<User>> {
        let mut url = self.route(&["api", "users"]);
        {
            let mut pairs = url.query_pairs_mut();
            pairs.append_pair("limit", &query.limit.to_string());
            for (name, value) in [("search", &query.search), ("cursor", &query.cursor)] {
                if let Some(value) = value {
                    pairs.append_pair(name, value);
                }
            }
        }
        self.get(url).await
    }

    /// One person, and how much is theirs.
    pub async fn user(&self, id: UserId) -> Result<User> {
        self.get(self.of_user(id, &[])).await
    }

    /// Makes an account for somebody.
    pub async fn create_user(&self, new: &NewUser) -> Result<MadeUser> {
        self.call(Method::POST, self.route(&["api", "users"]), Some(new))
            .await
    }

    /// Has somebody do nothing until they are reactivated: everything that lets them in ends at once.
    pub async fn deactivate_user(&self, id: UserId, reason: &str) -> Result<()> {
        let url = self.of_user(id, &["deactivate"]);
        self.call_nothing(Method::POST, url, &json!({ "reason": reason }))
            .await
    }

    /// The same for those who are not to come back.
    pub async fn ban_user(&self, id: UserId, reason: &str) -> Result<()> {
        let url = self.of_user(id, &["ban"]);
        self.call_nothing(Method::POST, url, &json!({ "reason": reason }))
            .await
    }

    /// Lets somebody in again.
    pub async fn reactivate_user(&self, id: UserId) -> Result<()> {
        self.call_empty(Method::POST, self.of_user(id, &["reactivate"]))
            .await
    }

    /// Ends all of somebody's sessions, and revokes all of their tokens where that is wanted.
    pub async fn sign_user_out(&self, id: UserId, tokens: bool) -> Result<()> {
        let mut url = self.of_user(id, &["sign-out"]);
        if tokens {
            url.query_pairs_mut().append_pair("tokens", "true");
        }
        self.call_empty(Method::POST, url).await
    }

    /// A link with which somebody sets a new password.
    pub async fn password_link(&self, id: UserId) -> Result<PasswordLink> {
        let url = self.of_user(id, &["password-link"]);
        self.call(Method::POST, url, None::<&()>).await
    }

    /// Deletes somebody with everything that is theirs; `confirm` is their address or name.
    pub async fn delete_user(&self, id: UserId, confirm: &str) -> Result<()> {
        let url = self.of_user(id, &[]);
        self.call_nothing(Method::DELETE, url, &json!({ "confirm": confirm }))
            .await
    }

    fn of_user(&self, id: UserId, rest: &[&str]) -> Url {
        let id = id.to_string();
        let parts: Vec<&str> = ["api", "users", &id]
            .into_iter()
            .chain(rest.iter().copied())
            .collect();
        self.route(&parts)
    }
}
