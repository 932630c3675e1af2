//! The calls about workspaces, members, teams and invitations.

use mosaic_domain::{InvitationId, TeamId, UserId, WorkspaceId};
use reqwest::Method;
use serde_json::json;

use crate::{
    Client, Invitation, InvitationLook, Items, MadeInvitation, Member, NewInvitation, Page, Result,
    Secret, Team, Workspace,
};

impl Client {
    /// The workspaces that one is in.
    pub async fn workspaces(&self) -> Result<Items<Workspace>> {
        self.get(self.route(&["api", "workspaces"])).await
    }

    /// Makes a workspace.
    pub async fn create_workspace(&self, name: &str) -> Result<Workspace> {
        let body = json!({ "name": name });
        let url = self.route(&["api", "workspaces"]);
        self.call(Method::POST, url, Some(&body)).await
    }

    /// Gives a workspace another name.
    pub async fn rename_workspace(&self, id: WorkspaceId, name: &str) -> Result<Workspace> {
        let body = json!({ "name": name });
        let url = self.route(&["api", "workspaces", &id.to_string()]);
        self.call(Method::PATCH, url, Some(&body)).await
    }

    /// Deletes a workspace with everything in it; `confirm` is its name.
    pub async fn delete_workspace(&self, id: WorkspaceId, confirm: &str) -> Result<()> {
        let body = json!({ "confirm": confirm });
        let url = self.route(&["api", "workspaces", &id.to_string()]);
        self.call_nothing(Method::DELETE, url, &body).await
    }

    /// One page of who is in the workspace.
    pub async fn members(&self, cursor: Option<&str>) -> Result<Page<Member>> {
        self.get(self.paged(&["api", "members"], cursor)).await
    }

    /// Gives somebody another role.
    pub async fn change_role(&self, user: UserId, role: &str) -> Result<Member> {
        let body = json!({ "role": role });
        let url = self.route(&["api", "members", &user.to_string()]);
        self.call(Method::PATCH, url, Some(&body)).await
    }

    /// Has somebody, or oneself, be in the workspace no longer.
    pub async fn remove_member(&self, user: UserId) -> Result<()> {
        let url = self.route(&["api", "members", &user.to_string()]);
        self.call_empty(Method::DELETE, url).await
    }

    /// One page of the teams.
    pub async fn teams(&self, cursor: Option<&str>) -> Result<Page<Team>> {
        self.get(self.paged(&["api", "teams"], cursor)).await
    }

    /// One team.
    pub async fn team(&self, id: TeamId) -> Result<Team> {
        self.get(self.route(&["api", "teams", &id.to_string()]))
            .await
    }

    /// Makes a team.
    pub async fn create_team(&self, name: &str) -> Result<Team> {
        let body = json!({ "name": name });
        self.call(Method::POST, self.route(&["api", "teams"]), Some(&body))
            .await
    }

    /// Gives a team another name.
    pub async fn rename_team(&self, id: TeamId, name: &str) -> Result<Team> {
        let body = json!({ "name": name });
        let url = self.route(&["api", "teams", &id.to_string()]);
        self.call(Method::PATCH, url, Some(&body)).await
    }

    /// Deletes a team; who is in it stays in the workspace.
    pub async fn delete_team(&self, id: TeamId) -> Result<()> {
        let url = self.route(&["api", "teams", &id.to_string()]);
        self.call_empty(Method::DELETE, url).await
    }

    /// Has somebody be in a team with this role.
    pub async fn put_in_team(&self, team: TeamId, user: UserId, role: &str) -> Result<()> {
        let body = json!({ "role": role });
        let (team, user) = (team.to_string(), user.to_string());
        let url = self.route(&["api", "teams", &team, "members", &user]);
        self.call_nothing(Method::PUT, url, &body).await
    }

    /// Has somebody be in a team no longer.
    pub async fn remove_from_team(&self, team: TeamId, user: UserId) -> Result<()> {
        let (team, user) = (team.to_string(), user.to_string());
        let url = self.route(&["api", "teams", &team, "members", &user]);
        self.call_empty(Method::DELETE, url).await
    }

    /// One page of the invitations, the newest first.
    pub async fn invitations(&self, cursor: Option<&str>) -> Result<Page<Invitation>> {
        self.get(self.paged(&["api", "invitations"], cursor)).await
    }

    /// Makes an invitation.
    pub async fn invite(&self, new: &NewInvitation) -> Result<MadeInvitation> {
        let url = self.route(&["api", "invitations"]);
        self.call(Method::POST, url, Some(new)).await
    }

    /// Has an invitation hold no longer.
    pub async fn revoke_invitation(&self, id: InvitationId) -> Result<()> {
        let url = self.route(&["api", "invitations", &id.to_string()]);
        self.call_empty(Method::DELETE, url).await
    }

    /// What an invitation is for; needs no token.
    pub async fn look_at_invitation(&self, secret: &Secret) -> Result<InvitationLook> {
        let body = json!({ "secret": secret });
        let url = self.route(&["api", "invitations", "look"]);
        self.call(Method::POST, url, Some(&body)).await
    }
}
