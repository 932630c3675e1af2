//! Which gateway, with which token.
//!
//! The gateway: `--url`, `client.url`, the one that `mosaic up` started here, the one of the last `mosaic login`. The token:
//! `--token`, `client.token`, the one in the data folder of the gateway that was started here, the one that `mosaic login`
//! stored for the gateway.

use std::fmt;
use std::path::PathBuf;

use mosaic_client::{Client, ClientOptions};
use mosaic_config::SecretString;

use crate::context::Context;
use crate::credentials::{self, Credentials, Stored};
use crate::data_folder::{self, DataFolder};
use crate::exit::Exit;
use crate::failure::Failure;

/// Where the gateway is, and with which token it is asked.
#[derive(Debug)]
pub(crate) struct Target {
    /// Its address.
    pub(crate) url: String,
    /// The token to show.
    pub(crate) token: Option<SecretString>,
    /// Where that came from.
    pub(crate) source: Source,
}

/// Where a token came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// There is none.
    Nowhere,
    /// The command line.
    Flag,
    /// `client.token`, from the file or the environment.
    Configuration,
    /// What `mosaic up` left on this machine.
    DataFolder(PathBuf),
    /// What `mosaic login` left.
    Credentials(PathBuf),
}

impl Source {
    /// For machines.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Nowhere => "none",
            Self::Flag => "flag",
            Self::Configuration => "configuration",
            Self::DataFolder(_) => "data_folder",
            Self::Credentials(_) => "login",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nowhere => f.write_str("nowhere"),
            Self::Flag => f.write_str("--token"),
            Self::Configuration => f.write_str("client.token, or MOSAIC_CLIENT__TOKEN"),
            Self::DataFolder(path) => write!(f, "the installation in {}", path.display()),
            Self::Credentials(path) => write!(f, "mosaic login, in {}", path.display()),
        }
    }
}

/// Where the gateway is, and what lies beside it on this machine.
pub(crate) struct Place {
    /// Its address.
    pub(crate) url: String,
    folder: Option<DataFolder>,
}

impl Context {
    /// A client of the gateway that the flags, the configuration, the data folder or the last login name.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        let Target { url, token, .. } = self.target()?;
        if token.is_none() {
            return Err(
                Failure::new(Exit::Denied, format!("there is no token for {url}")).with_remedy(
                    "sign in with `mosaic login`, or set client.token in mosaic.toml or MOSAIC_CLIENT__TOKEN",
                ),
            );
        }
        Ok(Client::new(ClientOptions::new(url, token))?)
    }

    /// Adds what is known here: a gateway of this machine is started on this machine, and who is not known signs in.
    pub(crate) fn explain(&self, failure: Failure) -> Failure {
        if failure.is_settled() {
            return failure;
        }
        let is_local = self.globals.url.is_none() && self.config.client.url.is_none();
        let is_local = is_local && self.place().is_ok_and(|place| place.folder.is_some());
        match failure.exit {
            Exit::Unreachable if is_local => failure.with_remedy("start it with `mosaic up`"),
            Exit::Denied if failure.code.as_deref() == Some("unauthenticated") => {
                let before = failure.remedy.as_deref().unwrap_or_default();
                let before = before.trim_end_matches('.');
                let remedy = match before {
                    "" => "sign in with `mosaic login`".to_owned(),
                    before => format!("{before}; `mosaic login` gets another one"),
                };
                failure.with_remedy(remedy)
            }
            _ => failure,
        }
    }

    /// The gateway.
    pub(crate) fn place(&self) -> Result<Place, Failure> {
        let globals = self.globals.url.clone();
        if let Some(url) = globals.or_else(|| self.config.client.url.clone()) {
            return Ok(Place { url, folder: None });
        }
        if let Some(folder) = data_folder::find(&self.config) {
            return of_folder(folder);
        }
        let stored = Credentials::of_user().map(|file| file.read()).transpose()?;
        if let Some(url) = stored.as_ref().and_then(Stored::gateway) {
            let url = url.to_owned();
            return Ok(Place { url, folder: None });
        }
        let message =
            "no gateway is known: none is configured and none was started on this machine";
        Err(Failure::new(Exit::Unreachable, message).with_remedy(
            "start one with `mosaic up`, or name one with --url or client.url in mosaic.toml",
        ))
    }

    /// The gateway, and the token for it.
    pub(crate) fn target(&self) -> Result<Target, Failure> {
        let place = self.place()?;
        let (token, source) = self.token(&place)?;
        let url = place.url;
        Ok(Target { url, token, source })
    }

    fn token(&self, place: &Place) -> Result<(Option<SecretString>, Source), Failure> {
        if let Some(token) = self.globals.token.clone() {
            return Ok((Some(token), Source::Flag));
        }
        if let Some(token) = self.config.client.token.clone() {
            return Ok((Some(token), Source::Configuration));
        }
        if let Some(folder) = &place.folder {
            let token = folder.token().map_err(|error| {
                let message = format!("the stored token cannot be read: {error}");
                Failure::new(Exit::Denied, message)
            })?;
            if token.is_some() {
                return Ok((token, Source::DataFolder(folder.path().to_owned())));
            }
        }
        let Some(file) = Credentials::of_user() else {
            return Ok((None, Source::Nowhere));
        };
        let stored = file.read()?;
        let login = stored.login(&credentials::address(&place.url)?).cloned();
        Ok(match login {
            Some(login) => {
                let source = Source::Credentials(file.path().to_owned());
                (Some(login.token.into_inner()), source)
            }
            None => (None, Source::Nowhere),
        })
    }
}

fn of_folder(folder: DataFolder) -> Result<Place, Failure> {
    let Some(remembered) = folder.remembered() else {
        let message = format!("nothing was started in {}", folder.path().display());
        return Err(
            Failure::new(Exit::Unreachable, message).with_remedy("start it with `mosaic up`")
        );
    };
    let url = remembered.url();
    let folder = Some(folder);
    Ok(Place { url, folder })
}
