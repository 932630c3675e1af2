//! The tokens that `mosaic login` got, in one file of the user's configuration folder: which gateways, which workspaces there.
//!
//! The file is the caller's alone (0600, no link), and is written beside itself and renamed. A gateway has one login for each
//! workspace, since a token acts in one; one of them is the one in use.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use mosaic_client::{Client, ClientOptions, Secret};
use mosaic_config::environment;
use mosaic_domain::{TokenId, UserId, WorkspaceId};
use serde::{Deserialize, Serialize};

use crate::data_folder::{is_our_folder, read_private, write_private};
use crate::exit::Exit;
use crate::failure::Failure;

const FILE: &str = "credentials.json";
/// The only layout there is so far; a file of a later one is left alone.
const VERSION: u32 = 1;

/// The file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    path: PathBuf,
}

/// What stands in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stored {
    version: u32,
    /// The gateway of the last login, which is meant where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    current: Option<String>,
    #[serde(default)]
    gateways: BTreeMap<String, Logins>,
}

/// The logins at one gateway.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Logins {
    /// The workspace in use.
    current: WorkspaceId,
    logins: Vec<Login>,
}

/// A token, and what it was when it was stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Login {
    /// The workspace it acts in.
    pub(crate) workspace_id: WorkspaceId,
    /// What that was called.
    pub(crate) workspace: String,
    /// Whose it is.
    pub(crate) user_id: UserId,
    /// What they were called.
    pub(crate) user: String,
    /// The token.
    pub(crate) token: Secret,
    /// Under which the gateway knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) token_id: Option<TokenId>,
    /// Since when it is here.
    pub(crate) stored_at: DateTime<Utc>,
}

impl Default for Stored {
    fn default() -> Self {
        Self {
            version: VERSION,
            current: None,
            gateways: BTreeMap::new(),
        }
    }
}

/// The address under which a gateway is known here, however it was typed.
pub(crate) fn address(url: &str) -> Result<String, Failure> {
    let client = Client::new(ClientOptions::new(url, None))?;
    Ok(client.url().to_owned())
}

impl Stored {
    /// The gateway of the last login.
    pub(crate) fn gateway(&self) -> Option<&str> {
        self.current.as_deref()
    }

    /// The login in use at this gateway.
    pub(crate) fn login(&self, gateway: &str) -> Option<&Login> {
        let logins = self.gateways.get(gateway)?;
        let mut all = logins.logins.iter();
        all.find(|one| one.workspace_id == logins.current)
    }

    /// All logins at this gateway.
    pub(crate) fn logins(&self, gateway: &str) -> &[Login] {
        let logins = self.gateways.get(gateway);
        logins.map_or(&[], |logins| logins.logins.as_slice())
    }

    /// Puts a login in the place of the one for the same workspace, if there is one, and uses it from now on.
    pub(crate) fn put(&mut self, gateway: &str, login: Login) -> Option<Login> {
        self.current = Some(gateway.to_owned());
        let workspace = login.workspace_id;
        let logins = self.gateways.entry(gateway.to_owned());
        let logins = logins.or_insert_with(|| Logins {
            current: workspace,
            logins: Vec::new(),
        });
        logins.current = workspace;
        let same = |one: &Login| one.workspace_id == workspace;
        let before = logins.logins.iter().position(same);
        let before = before.map(|at| logins.logins.swap_remove(at));
        logins.logins.push(login);
        before
    }

    /// Uses the login for this workspace from now on; false when there is none.
    pub(crate) fn switch(&mut self, gateway: &str, workspace: WorkspaceId) -> bool {
        let Some(logins) = self.gateways.get_mut(gateway) else {
            return false;
        };
        let known = logins
            .logins
            .iter()
            .any(|one| one.workspace_id == workspace);
        if known {
            logins.current = workspace;
        }
        known
    }

    /// Forgets the login for this workspace. Another one at the gateway is used then, if there is one.
    pub(crate) fn forget(&mut self, gateway: &str, workspace: WorkspaceId) {
        let Some(logins) = self.gateways.get_mut(gateway) else {
            return;
        };
        logins.logins.retain(|one| one.workspace_id != workspace);
        match logins.logins.first() {
            None => self.forget_gateway(gateway),
            Some(next) if logins.current == workspace => logins.current = next.workspace_id,
            Some(_) => {}
        }
    }

    /// Forgets every login of this person.
    pub(crate) fn forget_person(&mut self, gateway: &str, user: UserId) {
        let theirs = self.logins(gateway).iter();
        let theirs = theirs.filter(|one| one.user_id == user);
        let workspaces: Vec<WorkspaceId> = theirs.map(|one| one.workspace_id).collect();
        for workspace in workspaces {
            self.forget(gateway, workspace);
        }
    }

    fn forget_gateway(&mut self, gateway: &str) {
        self.gateways.remove(gateway);
        if self.current.as_deref() == Some(gateway) {
            let mut others = self.gateways.keys();
            self.current = others.next().cloned();
        }
    }
}

impl Credentials {
    /// The file of whoever runs this; none for those without a home.
    pub(crate) fn of_user() -> Option<Self> {
        let folder = environment::user_config_dir()?;
        Some(Self::in_folder(&folder))
    }

    fn in_folder(folder: &Path) -> Self {
        Self {
            path: folder.join(FILE),
        }
    }

    /// The same, or why there is none.
    pub(crate) fn to_write() -> Result<Self, Failure> {
        Self::of_user().ok_or_else(|| {
            let message =
                "there is no folder to keep a token in: HOME and XDG_CONFIG_HOME are not set";
            Failure::new(Exit::Unavailable, message)
                .with_remedy("set HOME, or keep the token yourself and set MOSAIC_CLIENT__TOKEN")
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What stands in it; nothing where there is no file.
    pub(crate) fn read(&self) -> Result<Stored, Failure> {
        let text = match read_private(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Stored::default()),
            read => read.map_err(|error| self.failed("read", &error))?,
        };
        let wrong = |what: String| {
            let path = self.path.display();
            let remedy = "move it away and sign in again with `mosaic login`";
            Failure::new(Exit::Unavailable, format!("{path} {what}")).with_remedy(remedy)
        };
        let stored: Stored = serde_json::from_str(&text)
            .map_err(|error| wrong(format!("cannot be understood: line {}", error.line())))?;
        if stored.version != VERSION {
            return Err(wrong("is of a later release of Mosaic".to_owned()));
        }
        Ok(stored)
    }

    /// Whether something can be kept in it. What cannot be kept need not be got.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        self.check_folder()?;
        self.read().map(drop)
    }

    fn check_folder(&self) -> Result<(), Failure> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|error| Failure::io("make", folder, &error))?;
        if !is_our_folder(folder) {
            let path = folder.display();
            let message =
                format!("{path} is a link, or others can write there: no token is kept in it");
            return Err(Failure::new(Exit::Unavailable, message)
                .with_remedy(format!("make it a folder of yours: chmod go-w {path}")));
        }
        Ok(())
    }

    /// Changes what stands in it. Others who do the same at this moment wait.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Stored) -> T) -> Result<T, Failure> {
        self.check_folder()?;
        let _lock = self.lock().map_err(|error| self.failed("lock", &error))?;
        let mut stored = self.read()?;
        let said = change(&mut stored);
        let text = serde_json::to_string_pretty(&stored).map_err(io::Error::from)?;
        write_private(&self.path, &format!("{text}\n"))
            .map_err(|error| self.failed("write", &error))?;
        Ok(said)
    }

    /// Held until it is dropped. The file itself is another one after every change, so it is another file that is locked.
    fn lock(&self) -> io::Result<File> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .custom_flags(nix::fcntl::OFlag::O_NOFOLLOW.bits())
            .open(self.path.with_extension("lock"))?;
        file.lock()?;
        Ok(file)
    }

    fn failed(&self, what: &str, error: &io::Error) -> Failure {
        Failure::io(what, &self.path, error)
    }
}

#[cfg(test)]
mod tests;
