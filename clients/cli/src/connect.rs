//! Which gateway, with which token.

use mosaic_client::{Client, ClientOptions};
use mosaic_config::SecretString;

use crate::context::Context;
use crate::data_folder::{self, DataFolder};
use crate::exit::Exit;
use crate::failure::Failure;

/// Where the gateway is and how that is known.
#[derive(Debug)]
pub(crate) struct Target {
    /// Its address.
    pub(crate) url: String,
    /// The token to show.
    pub(crate) token: Option<SecretString>,
}

impl Context {
    /// A client of the gateway that the flags, the configuration or the data folder name.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        let Target { url, token } = self.target()?;
        if token.is_none() {
            return Err(
                Failure::new(Exit::Denied, format!("there is no token for {url}")).with_remedy(
                    "set client.token in mosaic.toml or MOSAIC_CLIENT__TOKEN, or pass --token",
                ),
            );
        }
        Ok(Client::new(ClientOptions::new(url, token))?)
    }

    /// Adds what is known here: a gateway of this machine is started on this machine.
    pub(crate) fn explain(&self, failure: Failure) -> Failure {
        let is_local = self.globals.url.is_none() && self.config.client.url.is_none();
        match failure.exit {
            Exit::Unreachable if is_local => failure.with_remedy("start it with `mosaic up`"),
            _ => failure,
        }
    }

    /// Flags before configuration before the data folder.
    pub(crate) fn target(&self) -> Result<Target, Failure> {
        let given = self
            .globals
            .url
            .clone()
            .or_else(|| self.config.client.url.clone());
        let token = self.globals.token.clone().map(SecretString::from);
        let token = token.or_else(|| self.config.client.token.clone());
        let local = match given {
            Some(url) => return Ok(Target { url, token }),
            None => data_folder::find(&self.config),
        };
        let Some(folder) = local else {
            let message =
                "no gateway is known: none is configured and none was started on this machine";
            return Err(Failure::new(Exit::Unreachable, message).with_remedy(
                "start one with `mosaic up`, or name one with --url or client.url in mosaic.toml",
            ));
        };
        of_folder(&folder, token)
    }
}

fn of_folder(folder: &DataFolder, token: Option<SecretString>) -> Result<Target, Failure> {
    let Some(remembered) = folder.remembered() else {
        let message = format!("nothing was started in {}", folder.path().display());
        return Err(
            Failure::new(Exit::Unreachable, message).with_remedy("start it with `mosaic up`")
        );
    };
    let url = remembered.url();
    let token = match token {
        Some(token) => Some(token),
        None => folder.token().map_err(|error| {
            Failure::new(
                Exit::Denied,
                format!("the stored token cannot be read: {error}"),
            )
        })?,
    };
    Ok(Target { url, token })
}
