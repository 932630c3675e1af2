//! Links that are passed on: an address of the page with a secret behind `#`, which browsers send nowhere.

use mosaic_client::Secret;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::typed;

/// Stands for a link that is not on the command line.
const ASK: &str = "-";

/// What is in a link.
#[derive(Debug)]
pub(crate) struct Link {
    /// The gateway it leads to; none where only the secret was given.
    pub(crate) gateway: Option<String>,
    /// What it is good for.
    pub(crate) secret: Secret,
}

impl Link {
    /// The link on the command line or, where that has none, what is typed unseen or stands on the next line of standard input:
    /// while somebody thinks of a password, everybody on the machine can read a command line, and be faster.
    pub(crate) fn given(output: Output, argument: &str) -> Result<Self, Failure> {
        if argument != ASK {
            return Self::parse(argument);
        }
        let typed = if typed::can_ask(output) {
            typed::secret(output, "Link:")?
        } else {
            typed::piped("link")?
        };
        Self::parse(typed.expose())
    }

    /// Takes a link apart. What is no address is the secret itself.
    pub(crate) fn parse(typed: &str) -> Result<Self, Failure> {
        let typed = typed.trim();
        let is_address = typed.contains("://");
        let parts = typed.split_once('#').filter(|_| is_address);
        let (address, secret) = match (parts, is_address) {
            (Some((address, secret)), _) => (Some(address), secret),
            (None, true) => return Err(cut_off()),
            (None, false) => (None, typed),
        };
        if secret.is_empty() {
            return Err(cut_off());
        }
        // The page stands at the last part of the path, the gateway above it.
        let gateway = address.and_then(|address| address.trim_end_matches('/').rsplit_once('/'));
        Ok(Self {
            gateway: gateway.map(|(gateway, _)| gateway.to_owned()),
            secret: secret.to_owned().into(),
        })
    }
}

fn cut_off() -> Failure {
    let message = "there is no secret in the link: it is what stands behind the #";
    Failure::new(Exit::Usage, message).with_remedy("copy the whole link, and put it in quotes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_a_gateway_and_a_secret() {
        let link = Link::parse(" https://mosaic.example/below/invite#abc ").unwrap();
        assert_eq!(
            link.gateway.as_deref(),
            Some("https://mosaic.example/below")
        );
        assert_eq!(link.secret.expose(), "abc");
        let link = Link::parse("abc").unwrap();
        assert_eq!((link.gateway, link.secret.expose()), (None, "abc"));
    }

    #[test]
    fn a_link_that_was_cut_off_is_told_apart_from_a_secret() {
        for link in [
            "https://mosaic.example/invite",
            "https://mosaic.example/invite#",
            "",
        ] {
            let told = Link::parse(link).unwrap_err();
            assert_eq!(told.exit, Exit::Usage, "{link}");
        }
    }
}
