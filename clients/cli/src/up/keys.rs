//! The keys of the local tier: what services sign with among themselves, and what seals secrets in the record.

use mosaic_config::{Config, ExposeSecret as _};
use mosaic_identity::{ApiToken, Sealer};

use crate::data_folder::DataFolder;
use crate::exit::Exit;
use crate::failure::Failure;

/// Sets the keys that nobody configured. The one that seals is made once and stays in the data folder: what it sealed opens
/// with no other.
pub(super) fn ensure(config: &mut Config, folder: &DataFolder) -> Result<(), Failure> {
    if config.internal.token.is_none() {
        // Nobody outside this process needs to know it, so it is drawn anew with every start.
        config.internal.token = Some(ApiToken::generate().expose().to_owned().into());
    }
    if config.secrets.key.is_some() {
        return Ok(());
    }
    let path = folder.join("secrets.key");
    let stored = folder.secrets_key();
    let stored = stored.map_err(|error| Failure::io("read", &path, &error))?;
    let key = if let Some(key) = stored {
        key
    } else {
        let key = Sealer::generate_key();
        folder
            .store_secrets_key(key.expose_secret())
            .map_err(|error| Failure::io("write", &path, &error))?;
        key
    };
    if Sealer::new(&key, &[]).is_err() {
        let message = format!("{} holds no key", path.display());
        let remedy = "put the copy back that you kept; without it, what it sealed is lost: remove the file, and a new key is made";
        return Err(Failure::new(Exit::Config, message).with_remedy(remedy));
    }
    config.secrets.key = Some(key);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn key(config: &Config) -> String {
        let key = config.secrets.key.as_ref().unwrap();
        key.expose_secret().to_owned()
    }

    #[test]
    fn the_sealing_key_is_made_once_and_private_and_the_signing_key_anew() {
        let temp = tempfile::tempdir().unwrap();
        let folder = DataFolder::new(temp.path());
        let mut first = Config::defaults().unwrap();
        ensure(&mut first, &folder).unwrap();
        let mut second = Config::defaults().unwrap();
        ensure(&mut second, &folder).unwrap();
        assert_eq!(key(&first), key(&second));
        let tokens = [first, second].map(|config| config.internal.token.unwrap());
        assert_ne!(tokens[0].expose_secret(), tokens[1].expose_secret());
        let stored = fs::metadata(folder.join("secrets.key")).unwrap();
        assert_eq!(stored.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_configured_key_is_used_and_none_is_made() {
        let temp = tempfile::tempdir().unwrap();
        let folder = DataFolder::new(temp.path());
        let mut config = Config::defaults().unwrap();
        config.secrets.key = Some("configured".into());
        ensure(&mut config, &folder).unwrap();
        assert_eq!(key(&config), "configured");
        assert!(!folder.join("secrets.key").exists());
    }

    #[test]
    fn a_damaged_key_is_not_replaced() {
        let temp = tempfile::tempdir().unwrap();
        let folder = DataFolder::new(temp.path());
        folder.store_secrets_key("half a k").unwrap();
        let mut config = Config::defaults().unwrap();
        let failure = ensure(&mut config, &folder).unwrap_err();
        assert!(failure.to_string().contains("holds no key"), "{failure}");
        let kept = fs::read_to_string(folder.join("secrets.key")).unwrap();
        assert_eq!(kept, "half a k");
    }
}
