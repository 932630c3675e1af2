//! What is asked for.

/// Something that belongs to the holder or to workspace A, by its id or by what it is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Thing {
    /// A conversation with messages and a finished run.
    Conversation,
    /// A run that has finished.
    Run,
    /// A run that goes on.
    RunningRun,
    /// A run of which nobody has heard the end, halted.
    PausedRun,
    /// Something remembered.
    Memory,
    /// An account of a chat channel.
    Link,
    /// A chat in which an agent of the workspace answers.
    Chat,
    /// A session.
    Session,
    /// An API token.
    Token,
    /// A team of the workspace.
    Team,
    /// An open invitation to the workspace.
    Invitation,
    /// What opens that invitation.
    InvitationSecret,
    /// A job of the workspace that was given up on.
    DeadJob,
    /// A worker, which is the installation's.
    Worker,
    /// The workspace.
    Workspace,
    /// Its owner.
    Owner,
    /// The holder.
    Holder,
    /// A member of the workspace whom nobody would miss. Their address is their id at `example.org`, as everybody's.
    Spare,
    /// Whoever asks.
    Me,
    /// The workspace of whoever asks.
    MyWorkspace,
    /// The token of whoever asks; the holder's if they have none.
    MyToken,
    /// Something that was never said before.
    Unique,
    /// The short code with which a program asked for a token.
    LoginCode,
    /// The id of that request.
    LoginRequest,
    /// Who the holder is at an identity provider.
    Identity,
    /// The stranger's workspace.
    ForeignWorkspace,
}

impl Thing {
    /// All of them.
    pub const ALL: [Self; 26] = [
        Self::Conversation,
        Self::Run,
        Self::RunningRun,
        Self::PausedRun,
        Self::Memory,
        Self::Link,
        Self::Chat,
        Self::Session,
        Self::Token,
        Self::Team,
        Self::Invitation,
        Self::InvitationSecret,
        Self::DeadJob,
        Self::Worker,
        Self::Workspace,
        Self::Owner,
        Self::Holder,
        Self::Spare,
        Self::Me,
        Self::MyWorkspace,
        Self::MyToken,
        Self::Unique,
        Self::LoginCode,
        Self::LoginRequest,
        Self::Identity,
        Self::ForeignWorkspace,
    ];

    /// What stands in braces for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Conversation => "conversation",
            Self::Run => "run",
            Self::RunningRun => "running_run",
            Self::PausedRun => "paused_run",
            Self::Memory => "memory",
            Self::Link => "link",
            Self::Chat => "chat",
            Self::Session => "session",
            Self::Token => "token",
            Self::Team => "team",
            Self::Invitation => "invitation",
            Self::InvitationSecret => "invitation_secret",
            Self::DeadJob => "dead_job",
            Self::Worker => "worker",
            Self::Workspace => "workspace",
            Self::Owner => "owner",
            Self::Holder => "holder",
            Self::Spare => "spare",
            Self::Me => "me",
            Self::MyWorkspace => "my_workspace",
            Self::MyToken => "my_token",
            Self::Unique => "unique",
            Self::LoginCode => "login_code",
            Self::LoginRequest => "login_request",
            Self::Identity => "identity",
            Self::ForeignWorkspace => "foreign_workspace",
        }
    }

    /// Whether it is about whoever asks, and not somebody else's.
    #[must_use]
    pub const fn is_own(self) -> bool {
        matches!(
            self,
            Self::Me | Self::MyWorkspace | Self::MyToken | Self::Unique
        )
    }

    /// The things that a text names, or the first name that is none.
    pub fn named_in(text: &str) -> Result<Vec<Self>, String> {
        let mut found = Vec::new();
        for part in text.split('{').skip(1) {
            let name = part.split_once('}').map_or(part, |(name, _)| name);
            let thing = Self::ALL.into_iter().find(|thing| thing.name() == name);
            found.push(thing.ok_or_else(|| name.to_owned())?);
        }
        Ok(found)
    }
}
