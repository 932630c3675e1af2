//! The keys: what services sign with among themselves, and what seals secrets in the record. None of them is shown.

use mosaic_config::Config;
use mosaic_identity::Sealer;

use super::Patient;
use super::report::{Check, Report};

const GUIDE: &str = "docs/guides/keys.md says how to make and keep it";

pub(super) fn probe(patient: &Patient, report: &mut Report) {
    let config = &patient.context.config;
    if !patient.local {
        report.add(signing(config));
    }
    report.add(match &config.secrets.key {
        Some(key) => sealing(key, config),
        None if patient.local => in_folder(patient),
        None => Check::warn(
            "keys",
            "secrets.key is not set: what must be sealed, such as tokens of identity providers, cannot be stored",
            GUIDE,
        ),
    });
}

fn signing(config: &Config) -> Check {
    match (
        &config.internal.token,
        config.internal.previous_tokens.len(),
    ) {
        (None, _) => Check::warn(
            "keys",
            "internal.token is not set: services do not answer each other",
            "set it to 32 random letters or more, the same for every service",
        ),
        (Some(_), 0) => Check::ok("keys", "services sign with internal.token"),
        (Some(_), previous) => Check::warn(
            "keys",
            format!("services sign with internal.token and believe {previous} previous one(s)"),
            "once every service has the new one, empty internal.previous_tokens",
        ),
    }
}

fn sealing(key: &mosaic_config::SecretString, config: &Config) -> Check {
    let previous = &config.secrets.previous_keys;
    if let Err(error) = Sealer::new(key, previous) {
        return Check::fail("keys", format!("secrets.key is {error}"), GUIDE);
    }
    match previous.len() {
        0 => Check::ok("keys", "secrets.key seals what must be read again"),
        previous => Check::warn(
            "keys",
            format!("secrets.key seals, {previous} previous key(s) still open"),
            "`mosaic-migrate reseal`, then empty secrets.previous_keys",
        ),
    }
}

fn in_folder(patient: &Patient) -> Check {
    let Some(folder) = &patient.folder else {
        return Check::ok("keys", "`mosaic up` makes them");
    };
    let path = folder.join("secrets.key");
    match folder.secrets_key() {
        Ok(Some(key)) if Sealer::new(&key, &[]).is_ok() => {
            let told = format!("{} seals what must be read again", path.display());
            Check::ok("keys", told)
        }
        Ok(Some(_)) => Check::fail("keys", format!("{} holds no key", path.display()), GUIDE),
        Ok(None) => Check::ok("keys", "`mosaic up` makes them"),
        Err(error) => Check::fail("keys", format!("{}: {error}", path.display()), GUIDE),
    }
}
