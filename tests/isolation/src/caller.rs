//! Who asks.

use serde::Deserialize;

/// A kind of caller. Everything that is asked for belongs to the holder, or to workspace A.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Caller {
    /// No credential.
    Nobody,
    /// A token that nobody was given.
    Garbage,
    /// The token of somebody whose account was switched off.
    Deactivated,
    /// The holder's session, in a request that a page of another site makes.
    Forged,
    /// The owner of another workspace.
    Stranger,
    /// A guest of workspace A.
    Guest,
    /// Another member of workspace A.
    Member,
    /// An admin of workspace A.
    Admin,
    /// The owner of workspace A, which is the home workspace.
    Owner,
    /// The owner with a token of the scope `read` alone.
    OwnerRead,
    /// The member of workspace A whose things are asked for.
    Holder,
    /// The holder with a token of the scope `read` alone.
    HolderRead,
    /// The holder's session, in a request of Mosaic's own page.
    Session,
}

impl Caller {
    /// Everybody, from the least known to the holder.
    pub const ALL: [Self; 13] = [
        Self::Nobody,
        Self::Garbage,
        Self::Deactivated,
        Self::Forged,
        Self::Stranger,
        Self::Guest,
        Self::Member,
        Self::Admin,
        Self::Owner,
        Self::OwnerRead,
        Self::Holder,
        Self::HolderRead,
        Self::Session,
    ];

    /// What the tables call them.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Garbage => "garbage",
            Self::Deactivated => "deactivated",
            Self::Forged => "forged",
            Self::Stranger => "stranger",
            Self::Guest => "guest",
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
            Self::OwnerRead => "owner_read",
            Self::Holder => "holder",
            Self::HolderRead => "holder_read",
            Self::Session => "session",
        }
    }

    /// Who that is, for readers.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Nobody => "sends no credential",
            Self::Garbage => "sends a token that nobody was given",
            Self::Deactivated => "sends the token of an account that was deactivated",
            Self::Forged => {
                "is a page of another site, in the holder's browser, with the holder's session"
            }
            Self::Stranger => "owns another workspace, B",
            Self::Guest => "is a guest of workspace A",
            Self::Member => "is another member of workspace A",
            Self::Admin => "is an admin of workspace A",
            Self::Owner => "owns workspace A, which is the home workspace of the installation",
            Self::OwnerRead => "is the owner with a token of the scope `read` alone",
            Self::Holder => {
                "is the member of workspace A to whom everything belongs that is asked for"
            }
            Self::HolderRead => "is the holder with a token of the scope `read` alone",
            Self::Session => "is the holder's browser, on Mosaic's own page",
        }
    }

    /// Whether it is the person to whom the things belong.
    #[must_use]
    pub const fn is_holder(self) -> bool {
        matches!(self, Self::Holder | Self::HolderRead | Self::Session)
    }

    /// Whether it is somebody of the workspace to which the things belong.
    #[must_use]
    pub const fn is_inside(self) -> bool {
        self.is_holder()
            || matches!(
                self,
                Self::Guest | Self::Member | Self::Admin | Self::Owner | Self::OwnerRead
            )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_know_callers_by_their_names() {
        for caller in Caller::ALL {
            let text = format!("who = \"{}\"", caller.name());
            let table: toml::Table = text.parse().unwrap();
            let read: Caller = table["who"].clone().try_into().unwrap();
            assert_eq!(read, caller);
        }
    }
}
