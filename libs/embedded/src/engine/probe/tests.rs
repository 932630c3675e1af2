use std::os::unix::fs::PermissionsExt as _;

use super::*;

fn program(folder: &Path, name: &str, says: &str) {
    fs::create_dir_all(folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\necho '{says}'\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
    home
}

fn options(store: &Path) -> DiscoverOptions {
    DiscoverOptions {
        configured: None,
        store: store.to_owned(),
        search_path: Vec::new(),
    }
}

#[test]
fn versions_are_read_from_what_the_programs_say() {
    assert_eq!(
        version_in("postgres (PostgreSQL) 18.4").as_deref(),
        Some("18.4")
    );
    let debian = "postgres (PostgreSQL) 17.2 (Debian 17.2-1)";
    assert_eq!(version_in(debian).as_deref(), Some("17.2"));
    assert_eq!(
        version_in("Valkey server v=9.1.2 sha=00000000:1").as_deref(),
        Some("9.1.2")
    );
    assert_eq!(
        version_in("Redis server v=7.0.15 sha=0").as_deref(),
        Some("7.0.15")
    );
    assert_eq!(version_in("who knows"), None);
}

#[test]
fn the_configured_folder_comes_before_the_engines_folder_and_that_before_path() {
    let home = home();
    let [configured, store, path] = ["configured", "store", "path"].map(|n| home.path().join(n));
    for (folder, version) in [(&configured, "9.1.0"), (&store, "8.0.0"), (&path, "7.2.0")] {
        program(
            folder,
            "valkey-server",
            &format!("Valkey server v={version}"),
        );
    }
    let mut options = options(&store);
    options.configured = Some(configured.clone());
    options.search_path = vec![path.clone()];
    for (version, source, folder) in [
        ("9.1.0", Source::Configured, &configured),
        ("8.0.0", Source::Store, &store),
        ("7.2.0", Source::Path, &path),
    ] {
        let engine = discover(&options).valkey.unwrap();
        assert_eq!((engine.version.as_str(), engine.source), (version, source));
        fs::remove_dir_all(folder).unwrap();
    }
    let found = discover(&options);
    assert!(found.valkey.is_none());
    assert!(
        found.refused.iter().any(|r| r.path == configured),
        "an empty choice is reported"
    );
}

#[test]
fn an_old_server_and_a_postgres_without_pgvector_are_refused_with_the_reason() {
    let home = home();
    let bin = home.path().join("postgres/bin");
    program(&bin, "postgres", "postgres (PostgreSQL) 17.2");
    program(&bin, "initdb", "");
    program(home.path(), "redis-server", "Redis server v=6.0.16 sha=0");

    let found = discover(&options(home.path()));
    assert!(found.postgres.is_none() && found.valkey.is_none());
    let why: Vec<&str> = found.refused.iter().map(|r| r.why.as_str()).collect();
    assert_eq!(
        why,
        [
            "Postgres 17 without the pgvector extension",
            "version 6.0.16 is older than 7",
        ]
    );

    let extension = home.path().join("postgres/share/extension");
    fs::create_dir_all(&extension).unwrap();
    fs::write(extension.join("vector.control"), "").unwrap();
    assert_eq!(
        discover(&options(home.path())).postgres.unwrap().version,
        "17.2"
    );
}

#[test]
fn a_program_is_asked_without_our_rights_and_environment() {
    let home = home();
    let path = home.path().join("asked");
    fs::write(&path, "#!/bin/sh\necho \"$(id -u) ${HOME-none}\"\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let said = output(&path, "--version").unwrap();
    assert!(!said.starts_with("0 ") && said.ends_with(" none"), "{said}");
}
