//! No secret leaves the place where it belongs. Secrets are planted everywhere an installation has one, every service runs and is
//! provoked, at the level `debug`; then everything that was written, stored, sent or answered is searched for them.

#![cfg(test)]

#[path = "leaks/installation.rs"]
mod installation;
#[path = "leaks/places.rs"]
mod places;
#[path = "leaks/provoke.rs"]
mod provoke;
#[path = "leaks/secret.rs"]
mod secret;

use installation::Installation;
use places::{Place, postgres, valkey};
use secret::Secret;

/// Everything that was written down after the installation has done its work and has stopped.
async fn everything(installation: Installation) -> anyhow::Result<(Vec<Secret>, Vec<Place>)> {
    let mut places = valkey(installation.world.valkey.url()).await?;
    provoke::lose_valkey(&installation).await?;
    let Installation {
        mut world,
        collector,
        processes,
        mut answers,
        secrets,
        ..
    } = installation;
    world.valkey.kill().await;
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    world.valkey.restart().await?;
    for mut process in processes {
        process.stop().await?;
    }
    places.append(&mut answers);
    places.extend(postgres(world.postgres.url()).await?);
    places.extend(places::logs(world.folder())?);
    places.push(places::traces(&collector));
    Ok((secrets, places))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_planted_secret_is_found_anywhere() -> anyhow::Result<()> {
    let mut installation = Installation::start().await?;
    provoke::everything(&mut installation).await?;
    let run_id = installation.run_id.clone();
    let (secrets, places) = everything(installation).await?;

    // What is searched is what was written: the run is found wherever something should be.
    for kind in ["answer", "log", "postgres", "trace", "valkey"] {
        let found = places
            .iter()
            .any(|place| place.name.starts_with(kind) && place.holds(run_id.as_bytes()));
        assert!(found, "nothing of the run is in any {kind}: {places:?}");
    }
    assert!(secrets.len() >= 24, "{secrets:?}");
    let leaks: Vec<_> = secrets
        .iter()
        .flat_map(|secret| secret.leaks(&places))
        .collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
    Ok(())
}

#[test]
fn a_leak_is_found_in_whichever_form_it_is_written() {
    let secret = Secret::new("a password", "s3cret-w0rd");
    for text in [
        "password=s3cret-w0rd&x",
        "\\x7333637265742d77307264",
        "basic czNjcmV0LXcwcmQ=",
        "S3CRET-W0RD",
        "7333637265742D77307264",
        "Token([115, 51, 99, 114, 101, 116, 45, 119, 48, 114, 100])",
        "[115,51,99,114,101,116,45,119,48,114,100]",
    ] {
        let place = Place::new("a log", text);
        let leaks = secret.leaks(&[place]);
        assert_eq!(leaks.len(), 1, "{text}");
        assert!(!leaks[0].contains("s3cret"), "{leaks:?}");
    }
    let key = Secret::new("a key", "cGxhbnRlZC1rZXktdGhhdC1zZWFscy1zZWNyZXRzISE=");
    let bytes = Place::new("a log", "Key(\"planted-key-that-seals-secrets!!\")");
    assert_eq!(key.leaks(&[bytes]).len(), 1);
    assert!(
        secret
            .leaks(&[Place::new("a log", "s3cret-w0r")])
            .is_empty()
    );
}
